// What the child has said, gathered from wherever in the case it was written down: as it stands there, with where, when and by whom.
import { CaseRow, Sent } from "../api";
import { Back, Heading, SentTag, useTitle } from "../layout";
import { Link } from "../router";
import { useData } from "../store";
import { answerLang, codeText, dateText, isolate, Key, plural, t } from "../strings";
import { PageProps } from "../pages";
import { caseName } from "../named";
import { Full, one } from "./dashboard";

interface Said {
    record: string;
    type: string;
    label: string;
    parent: string | null;
    sent: Sent;
    field: string;
    text: string;
    on: string;
    by: string;
    by_role: string;
    how_considered: string;
}
export interface Voice {
    total: number;
    voices: Said[];
    agreed: Full[];
}
const inOwnWords = ["words", "child_words"];

function Entry(props: { said: Said }) {
    const { said } = props;
    const by = said.by && said.by_role ? t("duty.who", { person: said.by, role: codeText(said.by_role) }) : said.by || codeText(said.by_role);
    return (
        <li>
            <span class="hf-chronology__when">{said.on ? dateText(said.on) : t("voice.noDay")}</span>
            <p class="govuk-body govuk-!-margin-bottom-1">
                <Link to={`/record/${said.record}`}>{t(`voice.is.${said.type}.${said.field}` as Key)}</Link>
                {by && `, ${t("voice.by", { by })}`} <SentTag sent={said.sent} />
            </p>
            {said.field !== "document" &&
                (inOwnWords.includes(said.field) ? (
                    <blockquote class="hf-words govuk-!-margin-bottom-1" dir="auto">
                        {said.text}
                    </blockquote>
                ) : (
                    <p class="govuk-body hf-text govuk-!-margin-bottom-1" dir="auto">
                        {said.text}
                    </p>
                ))}
            {said.how_considered && <p class="hf-duty__more">{t("voice.considered", { text: said.how_considered })}</p>}
        </li>
    );
}

function Agreed(props: { rows: Full[] }) {
    if (props.rows.length === 0) return null;
    return (
        <>
            <h3 class="govuk-heading-s govuk-!-margin-bottom-1">{t("voice.agreed")}</h3>
            <ul class="hf-rows">
                {props.rows.map((row) => (
                    <li key={row.id}>
                        <Link to={`/record/${row.id}`}>{isolate(one(row, "text"))}</Link>
                        <span class="hf-rows__more">
                            {row.status && <span>{codeText(row.status)}</span>}
                            {row.due && <span>{t("record.due", { day: dateText(row.due) })}</span>}
                        </span>
                    </li>
                ))}
            </ul>
        </>
    );
}

/** The newest of it, on the page of the case. */
export function VoiceNewest(props: { caseId: string; voice: Voice }) {
    const { voice } = props;
    return (
        <>
            {voice.voices.length === 0 && <p class="govuk-body">{t("voice.none")}</p>}
            <ol class="hf-chronology">
                {voice.voices.slice(0, 5).map((said, i) => (
                    <Entry said={said} key={`${said.record} ${said.field} ${i}`} />
                ))}
            </ol>
            {voice.total > 5 && (
                <p class="govuk-body">
                    <Link to={`/case/${props.caseId}/voice`}>{plural("voice.all", voice.total)}</Link>
                </p>
            )}
            <Agreed rows={voice.agreed} />
        </>
    );
}

export function VoicePage(props: PageProps) {
    const id = props.params.case ?? "";
    const { data, error } = useData<Voice>(`/api/cases/${id}/voice`);
    const { data: cases } = useData<{ cases: CaseRow[] }>("/api/cases");
    useTitle(t("voice.title"));
    return (
        <>
            <Back to={`/case/${id}`}>{t("case.title")}</Back>
            <Heading caption={caseName(cases?.cases.find((row) => row.id === id))}>{t("voice.title")}</Heading>
            <p class="govuk-body">{t("voice.text")}</p>
            {error && <p class="govuk-body" lang={answerLang(error.message)}>{error.message}</p>}
            {data && (
                <>
                    <p class="govuk-body">{data.total ? plural("voice.count", data.total) : t("voice.none")}</p>
                    <button type="button" class="govuk-button govuk-button--secondary" onClick={() => print()}>
                        {t("print")}
                    </button>
                    <ol class="hf-chronology">
                        {data.voices.map((said, i) => (
                            <Entry said={said} key={`${said.record} ${said.field} ${i}`} />
                        ))}
                    </ol>
                    <Agreed rows={data.agreed} />
                </>
            )}
        </>
    );
}
