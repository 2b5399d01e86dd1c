// One case: the child, the home, what is under way, and where to write.
import { CaseRow, RecordRow, TypeRow } from "../api";
import { Back, Heading, SentTag, useTitle } from "../layout";
import { Link } from "../router";
import { useData, useStore } from "../store";
import { codeText, dateText, labelText, t, titleText } from "../strings";
import { PageProps } from "../pages";
import { Drafts } from "./drafts";

export function recordPath(row: { type: string; id: string }): string {
    return row.type === "meeting" ? `/meeting/${row.id}` : `/record/${row.id}`;
}

export function RecordItem(props: { row: RecordRow; withLabel?: boolean }) {
    const { row } = props;
    const label = labelText(row.type, row.label);
    const title = titleText(row.title);
    return (
        <li>
            <Link to={recordPath(row)}>{title ? (props.withLabel ? t("record.named", { label, title }) : title) : label}</Link>
            <span class="hf-rows__more">
                {row.status && <span>{codeText(row.status)}</span>}
                {row.due && <span>{t("record.due", { day: dateText(row.due) })}</span>}
                {row.conflicts > 0 && <strong class="govuk-tag govuk-tag--orange">{t("record.conflict")}</strong>}
                <SentTag sent={row.sent} />
            </span>
        </li>
    );
}

export function RecordList(props: { rows: RecordRow[]; withLabel?: boolean }) {
    return (
        <ul class="hf-rows">
            {props.rows.map((row) => (
                <RecordItem row={row} key={row.id} withLabel={props.withLabel ?? false} />
            ))}
        </ul>
    );
}

// What can be begun on the page of a case; the parts of a meeting are begun in the meeting.
const begun = ["child", "placement", "contact", "request", "meeting", "warning_sign", "indicator", "action", "support_plan", "move", "document", "escalation", "practice_concern"];

function Add(props: { caseId: string }) {
    const { data } = useData<{ types: TypeRow[] }>("/api/types");
    const types = begun.map((name) => data?.types.find((type) => type.name === name)).filter((type): type is TypeRow => type !== undefined);
    return (
        <>
            <h2 class="govuk-heading-m">{t("case.add")}</h2>
            <ul class="govuk-list">
                {types.map((type) => (
                    <li key={type.name}>
                        <Link to={`/case/${props.caseId}/new/${type.name}/${props.caseId}`}>{labelText(type.name, type.label)}</Link>
                    </li>
                ))}
            </ul>
        </>
    );
}

export function caseName(row: CaseRow | undefined): string {
    if (!row) return "";
    return row.child ? t("cases.name", { child: row.child, reference: row.reference }) : row.reference;
}

const first = ["child", "placement", "meeting", "request", "action"];

export function Case(props: PageProps) {
    const id = props.params.case ?? "";
    const { data: all } = useData<{ cases: CaseRow[] }>("/api/cases");
    const { data, error } = useData<{ records: RecordRow[] }>(`/api/records?case=${id}`);
    const { session } = useStore();
    useTitle(t("case.title"));
    const meetings = new Set(data?.records.filter((row) => row.type === "meeting").map((row) => row.id));
    // What belongs to a meeting stands there; its actions are the case's work.
    const records = data?.records.filter((row) => row.type !== "case" && (row.type === "action" || !row.parent || !meetings.has(row.parent))) ?? [];
    const types = [...new Set(records.map((row) => row.type))].filter((type) => !first.includes(type));
    const group = (type: string) => records.filter((row) => row.type === type);
    return (
        <>
            <Back to="/cases">{t("cases.title")}</Back>
            <Heading caption={t("case.title")}>{caseName(all?.cases.find((row) => row.id === id))}</Heading>
            {error && <p class="govuk-body">{error.message}</p>}
            <p class="govuk-body">
                <Link to={`/case/${id}/chronology`}>{t("chronology.title")}</Link>
            </p>
            <p class="govuk-body">
                <Link to={`/record/${id}`}>{t("case.background")}</Link>
            </p>
            <Drafts caseId={id} />
            {data && records.length === 0 && <p class="govuk-body">{t("case.none")}</p>}
            {[...first, ...types].map((type) => {
                const rows = group(type);
                return (
                    rows.length > 0 && (
                        <section key={type}>
                            <h2 class="govuk-heading-m">{labelText(type, rows[0]?.label ?? type)}</h2>
                            <RecordList rows={rows} />
                        </section>
                    )
                );
            })}
            {session?.identity?.role !== "auditor" && <Add caseId={id} />}
        </>
    );
}
