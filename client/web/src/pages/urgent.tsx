// Opening a case that is somebody else's because a child cannot wait: asked of the office with a reason, read by all who hold the case,
// and looked at by a manager afterwards.
import { useState } from "preact/hooks";
import { ApiError, post } from "../api";
import { Line } from "../inputs";
import { Heading, useTitle } from "../layout";
import { Link } from "../router";
import { announce, useData, useStore } from "../store";
import { answerLang, t, timeText } from "../strings";
import { ErrorSummary } from "./enter";

export interface Opening {
    record: string;
    case: string;
    reference: string;
    person: string;
    own: boolean;
    reason: string;
    from: string;
    until: string;
    looked_at: boolean;
    looked_at_by: string;
    review: string;
}

export function mayLook(role: string | undefined): boolean {
    return role === "manager" || role === "office";
}

function Words(props: { id: string; label: string; hint?: string; value: string; onChange: (value: string) => void }) {
    return (
        <div class="govuk-form-group">
            <label class="govuk-label" for={props.id}>
                {props.label}
            </label>
            {props.hint && (
                <div class="govuk-hint" id={`${props.id}-hint`}>
                    {props.hint}
                </div>
            )}
            <textarea class="govuk-textarea" dir="auto" rows={3} id={props.id} value={props.value} aria-describedby={props.hint ? `${props.id}-hint` : undefined} onInput={(event) => props.onChange((event.target as HTMLTextAreaElement).value)} />
        </div>
    );
}

function Ask() {
    const [reference, setReference] = useState("");
    const [reason, setReason] = useState("");
    const [problem, setProblem] = useState<{ field: string; text: string } | null>(null);
    const [until, setUntil] = useState("");
    const [busy, setBusy] = useState(false);
    const ask = (event: Event) => {
        event.preventDefault();
        if (!reference.trim()) return setProblem({ field: "urgent-reference", text: t("urgent.needReference") });
        if (!reason.trim()) return setProblem({ field: "urgent-reason", text: t("urgent.needReason") });
        setBusy(true);
        setProblem(null);
        post<{ answer: { until: string } }>("/api/urgent", { reference: reference.trim(), reason: reason.trim() })
            .then(
                (given) => (setUntil(given.answer.until), setReference(""), setReason(""), announce(t("urgent.opened", { time: timeText(given.answer.until) }))),
                (error: ApiError) => setProblem({ field: "urgent-reference", text: error.status === 502 ? t("urgent.offline") : error.message || t("gone.text") }),
            )
            .then(() => setBusy(false));
    };
    return (
        <section>
            <h2 class="govuk-heading-m">{t("urgent.ask")}</h2>
            <p class="govuk-body">{t("urgent.text")}</p>
            {until && <p class="govuk-inset-text">{t("urgent.opened", { time: timeText(until) })}</p>}
            <form onSubmit={ask}>
                <ErrorSummary problems={problem ? [problem] : []} />
                <Line id="urgent-reference" label={t("cases.reference")} hint={t("urgent.referenceHint")} value={reference} onChange={setReference} />
                <Words id="urgent-reason" label={t("urgent.reason")} hint={t("urgent.reasonHint")} value={reason} onChange={setReason} />
                <button class="govuk-button" type="submit" disabled={busy}>
                    {t("urgent.do")}
                </button>
            </form>
        </section>
    );
}

function Look(props: { opening: Opening }) {
    const { opening } = props;
    const [note, setNote] = useState("");
    const [problem, setProblem] = useState("");
    const id = `look-${opening.record}`;
    const look = (event: Event) => {
        event.preventDefault();
        if (!note.trim()) return setProblem(t("urgent.needNote"));
        post(`/api/urgent/${opening.record}/look`, { note: note.trim() }).then(() => announce(t("act.done")), (error: ApiError) => setProblem(error.message || t("gone.text")));
    };
    return (
        <form onSubmit={look}>
            <ErrorSummary problems={problem ? [{ field: id, text: problem }] : []} />
            <Words id={id} label={t("urgent.note", { person: opening.person })} value={note} onChange={setNote} />
            <button class="govuk-button" type="submit">
                {t("urgent.look")}
            </button>
        </form>
    );
}

export function Urgent() {
    const { data, error } = useData<{ openings: Opening[] }>("/api/urgent");
    const { session } = useStore();
    const role = session?.identity?.role;
    useTitle(t("urgent.title"));
    const openings = [...(data?.openings ?? [])].sort((a, b) => Number(a.looked_at) - Number(b.looked_at) || b.from.localeCompare(a.from));
    return (
        <>
            <Heading>{t("urgent.title")}</Heading>
            {role === "worker" && <Ask />}
            <h2 class="govuk-heading-m">{t("urgent.list")}</h2>
            {error && <p class="govuk-body" lang={answerLang(error.message)}>{error.message}</p>}
            {data && openings.length === 0 && <p class="govuk-body">{t("urgent.none")}</p>}
            {openings.map((opening) => (
                <section class="hf-version govuk-!-margin-bottom-4" key={opening.record}>
                    <h3 class="govuk-heading-s govuk-!-margin-bottom-1">
                        <Link to={`/case/${opening.case}`}>{t("urgent.opening", { reference: opening.reference, person: opening.person })}</Link>
                    </h3>
                    <p class="govuk-body">{t("urgent.span", { from: timeText(opening.from), until: timeText(opening.until) })}</p>
                    <p class="govuk-body hf-text" dir="auto">{opening.reason}</p>
                    {opening.looked_at ? (
                        <p class="govuk-body">{t("urgent.lookedAt", { person: opening.looked_at_by, review: opening.review })}</p>
                    ) : (
                        <p class="govuk-body">
                            <strong class="govuk-tag govuk-tag--yellow">{t("urgent.notLookedAt")}</strong>
                        </p>
                    )}
                    {!opening.looked_at && !opening.own && mayLook(role) && <Look opening={opening} />}
                </section>
            ))}
        </>
    );
}
