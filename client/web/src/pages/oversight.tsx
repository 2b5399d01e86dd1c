// What the reviewing officer and the service managers look at: what alerts tell them, views that are missing, homes that may not last.
import { Heading, useTitle } from "../layout";
import { useCaseNames } from "../named";
import { Link } from "../router";
import { useData } from "../store";
import { answerLang, codeText, t, timeText, titleText } from "../strings";
import { PageProps } from "../pages";
import { recordPath } from "./case";
import { Escalations, Full, List, one, several, Timed, TimedList } from "./dashboard";

interface Answer {
    alerts: { count: number; rows: Timed[] };
    views: List<Timed>;
    unstable: List<Timed>;
    notices: Full[];
    escalations: { levels: number[]; rows: Full[] };
    told: Full[];
}

function Notices(props: { rows: Full[] }) {
    const cases = useCaseNames();
    return (
        <ul class="hf-rows">
            {props.rows.map((row) => (
                <li key={row.id}>
                    <Link to={recordPath(row)}>{one(row, "summary") || t("oversight.notice")}</Link>
                    <span class="hf-rows__more">
                        <span>{cases.get(row.case)}</span>
                        <span>{timeText(one(row, "at"))}</span>
                        <span>{several(row, "to_roles").map(codeText).join(", ")}</span>
                    </span>
                </li>
            ))}
        </ul>
    );
}

function Told(props: { rows: Full[] }) {
    const cases = useCaseNames();
    return (
        <ul class="hf-rows">
            {props.rows.map((row) => (
                <li key={row.id}>
                    <Link to={one(row, "subject") ? `/record/${one(row, "subject")}` : recordPath(row)}>{t("oversight.note", { kind: titleText(one(row, "kind")), time: timeText(one(row, "raised_at")) })}</Link>
                    <span class="hf-rows__more">
                        <span>{cases.get(row.case)}</span>
                        <span>{codeText(one(row, "status"))}</span>
                    </span>
                </li>
            ))}
        </ul>
    );
}

function Part(props: { title: string; count: number; children: preact.ComponentChildren }) {
    return (
        <section>
            <h2 class="govuk-heading-m">{t("oversight.part", { title: props.title, count: props.count })}</h2>
            {props.count === 0 ? <p class="govuk-body">{t("board.none")}</p> : props.children}
        </section>
    );
}

export function Oversight(props: PageProps) {
    const managers = props.params.who === "managers";
    const { data, error } = useData<Answer>(`/api/oversight?who=${managers ? "managers" : "iro"}`);
    const title = t(managers ? "oversight.managers" : "oversight.iro");
    useTitle(title);
    const notes = data?.told.filter((row) => one(row, "kind").startsWith("AL-IRO")) ?? [];
    const high = data?.escalations.rows.filter((row) => Number(one(row, "level")) >= 2) ?? [];
    return (
        <>
            <Heading>{title}</Heading>
            <nav class="hf-tabs" aria-label={t("oversight.whose")}>
                <Link to="/oversight/iro" current={!managers}>
                    {t("oversight.iro")}
                </Link>
                <Link to="/oversight/managers" current={managers}>
                    {t("oversight.managers")}
                </Link>
            </nav>
            {error && <p class="govuk-body" lang={answerLang(error.message)}>{error.message}</p>}
            {data && (
                <>
                    <Part title={t("oversight.alerts")} count={data.alerts.count}>
                        <TimedList list={{ ...data.alerts, more: data.alerts.count > data.alerts.rows.length }} />
                    </Part>
                    {!managers && (
                        <Part title={t("oversight.notes")} count={notes.length}>
                            <Told rows={notes} />
                        </Part>
                    )}
                    <Part title={t("oversight.views")} count={data.views.count}>
                        <TimedList list={data.views} />
                    </Part>
                    <Part title={t("oversight.unstable")} count={data.unstable.count}>
                        <TimedList list={data.unstable} />
                    </Part>
                    <Part title={t("oversight.notices")} count={data.notices.length}>
                        <Notices rows={data.notices} />
                    </Part>
                    {managers && (
                        <Part title={t("oversight.escalations")} count={high.length}>
                            <Escalations rows={high} />
                        </Part>
                    )}

                </>
            )}
        </>
    );
}
