// One case: the child, the home, what is under way, and where to write.
import { CaseRow, FieldRow, Person, RecordRow, TypeRow } from "../api";
import { Duty, DutyItem } from "../duties";
import { Back, Failed, Heading, SentTag, useTitle } from "../layout";
import { caseName, useRoles } from "../named";
import { Link } from "../router";
import { useData, useStore } from "../store";
import { answerLang, dateText, Key, plural, t } from "../strings";
import { CaseAttachments } from "../attachments";
import { CodeWord, LabelWord, Rich, TitleWord } from "../words";
import { PageProps } from "../pages";
import { ReadingWhy } from "../reading";
import { Drafts } from "./drafts";
import { Voice, VoiceNewest } from "./voice";

export function recordPath(row: { type: string; id: string }): string {
    return row.type === "meeting" ? `/meeting/${row.id}` : `/record/${row.id}`;
}

export function RecordItem(props: { row: RecordRow; withLabel?: boolean }) {
    const { row } = props;
    const label = row.role ? <CodeWord code={row.role} /> : <LabelWord name={row.type} label={row.label} />;
    const title = <TitleWord title={row.title} />;
    return (
        <li>
            <Link to={recordPath(row)}>{!row.title ? label : props.withLabel || /^\d+$/.test(row.title) ? <Rich text="record.named" parts={{ label, title }} /> : title}</Link>
            <span class="hf-rows__more">
                {row.status && <CodeWord code={row.status} />}
                {row.due && row.status !== "replaced" && <span>{t("record.due", { day: dateText(row.due) })}</span>}
                {row.is_final && <strong class="govuk-tag govuk-tag--green">{t("record.final")}</strong>}
                {row.amendments > 0 && <strong class="govuk-tag govuk-tag--yellow">{plural("record.amendments", row.amendments)}</strong>}
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

/** Every kind of record that a case can hold, where a person would look for it. What belongs to a meeting is on its page;
 * practice concerns have a page of their own. */
const sections: { name: Key; types: string[] }[] = [
    { name: "section.meetings", types: ["meeting", "request", "interim_support", "escalation"] },
    { name: "section.actions", types: ["action", "out_of_meeting_approval", "panel_approval"] },
    { name: "section.home", types: ["placement", "contact", "supervision", "cla_review"] },
    { name: "section.watch", types: ["warning_sign", "indicator", "stability_notice"] },
    { name: "section.child", types: ["views", "child_explained", "parent_informed"] },
    { name: "section.plan", types: ["support_plan", "plan_item", "plan_review", "support_evaluation", "need"] },
    { name: "section.placing", types: ["support_consideration", "match", "info_share", "ppm", "document", "doc_review"] },
    { name: "section.move", types: ["move", "learning_review", "transition_meeting", "transition_plan"] },
    { name: "section.other", types: [] }, // whatever there is besides
];
const notHere = ["case", "child", "attachment", "practice_concern", "policy_ack", "alert", "action_update", "handover", "held_decision", "urgent_access"];

function Section(props: { caseId: string; name: Key; types: TypeRow[]; rows: RecordRow[]; mayWrite: boolean; voice?: Voice | null }) {
    const { rows, voice } = props;
    const said = voice?.total ? plural("voice.count", voice.total) : "";
    const count = [said, rows.length ? plural("cases.records", rows.length) : ""].filter(Boolean).join(", ");
    return (
        <details class="hf-section" id={props.name}>
            <summary>
                <h2 class="govuk-heading-s govuk-!-margin-bottom-0">{t(props.name)}</h2>
                <span>{count || t("section.empty")}</span>
            </summary>
            {voice && <VoiceNewest caseId={props.caseId} voice={voice} />}
            {rows.length > 0 && <RecordList rows={rows} withLabel={true} />}
            {props.mayWrite && props.types.length > 0 && (
                <ul class="hf-add">
                    {props.types.map((type) => (
                        <li key={type.name}>
                            <Link to={`/case/${props.caseId}/new/${type.name}/${props.caseId}`}><Rich text="section.add" parts={{ label: <LabelWord name={type.name} label={type.label} /> }} /></Link>
                        </li>
                    ))}
                </ul>
            )}
        </details>
    );
}

/** Who sees to the case, by role. */
function Holders(props: { fields: FieldRow[]; caseId: string; mayWrite: boolean }) {
    const { data } = useData<{ people: Person[] }>("/api/people");
    const roles = ["child_sw", "ssw", "iro", "team_manager", "fostering_manager"];
    const named = roles.map((role) => ({ role, row: props.fields.find((field) => field.name === role) })).filter(({ row }) => row);
    return (
        <dl class="govuk-summary-list">
            {named.map(({ role, row }) => (
                <div class="govuk-summary-list__row" key={role}>
                    <dt class="govuk-summary-list__key">
                        <CodeWord code={role} />
                    </dt>
                    <dd class="govuk-summary-list__value">{row?.values.map((id) => data?.people.find((person) => person.id === id)?.name ?? t("field.elsewhere")).join(", ")}</dd>
                </div>
            ))}
            <div class="govuk-summary-list__row">
                <dt class="govuk-summary-list__key">{t("case.holders")}</dt>
                <dd class="govuk-summary-list__value">
                    {named.length === 0 && <div>{t("case.nobody")}</div>}
                    <Link to={`/record/${props.caseId}${props.mayWrite ? "/edit" : ""}`}>{t("case.background")}</Link>
                </dd>
            </div>
        </dl>
    );
}

function Owed(props: { caseId: string }) {
    const { data } = useData<{ duties: Duty[] }>(`/api/duties?case=${props.caseId}`);
    const open = data?.duties.filter((duty) => duty.status === "overdue" || duty.status === "due") ?? [];
    if (!data) return null;
    return (
        <section>
            <h2 class="govuk-heading-m">{t("case.owed")}</h2>
            {open.length === 0 && <p class="govuk-body">{t("case.owedNothing")}</p>}
            {open.length > 0 && (
                <ul class="hf-duties">
                    {open.slice(0, 5).map((duty) => (
                        <DutyItem duty={duty} key={duty.id} />
                    ))}
                </ul>
            )}
            <p class="govuk-body">
                <Link to={`/case/${props.caseId}/duties`}>{t("case.allOwed", { n: data.duties.length })}</Link>
            </p>
        </section>
    );
}

export function CaseDuties(props: PageProps) {
    const id = props.params.case ?? "";
    const { data, error } = useData<{ duties: Duty[] }>(`/api/duties?case=${id}`);
    useTitle(t("case.owed"));
    return (
        <>
            <Back to={`/case/${id}`}>{t("case.title")}</Back>
            <Heading caption={t("case.title")}>{t("case.owed")}</Heading>
            {error && <p class="govuk-body" lang={answerLang(error.message)}>{error.message}</p>}
            {data?.duties.length === 0 && <p class="govuk-body">{t("case.owedNothing")}</p>}
            <ul class="hf-duties">
                {data?.duties.map((duty) => (
                    <DutyItem duty={duty} key={duty.id} />
                ))}
            </ul>
        </>
    );
}

/** Apart from meetings, so that no page of a meeting shows them. */
export function Concerns(props: PageProps) {
    const id = props.params.case ?? "";
    const { data, error } = useData<{ records: RecordRow[] }>(`/api/records?case=${id}&type=practice_concern`);
    const { session } = useStore();
    useTitle(t("concern.title"));
    return (
        <>
            <Back to={`/case/${id}`}>{t("case.title")}</Back>
            <Heading caption={t("case.title")}>{t("concern.title")}</Heading>
            <p class="govuk-body">{t("concern.text")}</p>
            {error && <p class="govuk-body" lang={answerLang(error.message)}>{error.message}</p>}
            {data?.records.length === 0 && <p class="govuk-body">{t("concern.none")}</p>}
            {data && data.records.length > 0 && <RecordList rows={data.records} withLabel={true} />}
            {session?.identity?.role !== "auditor" && (
                <p class="govuk-body">
                    <Link to={`/case/${id}/new/practice_concern/${id}`}>{t("concern.add")}</Link>
                </p>
            )}
        </>
    );
}

function Summary(props: { records: RecordRow[] }) {
    const home = props.records.find((row) => row.type === "placement" && row.status === "current") ?? props.records.find((row) => row.type === "placement");
    const moves = props.records.filter((row) => row.type === "move" && row.status === "happened").length;
    const child = props.records.find((row) => row.type === "child");
    return (
        <dl class="govuk-summary-list govuk-!-margin-bottom-0">
            <div class="govuk-summary-list__row">
                <dt class="govuk-summary-list__key">{t("case.child")}</dt>
                <dd class="govuk-summary-list__value">{child ? <Link to={`/record/${child.id}`}>{child.title ? <TitleWord title={child.title} /> : <LabelWord name="child" label={child.label} />}</Link> : t("case.noChild")}</dd>
            </div>
            <div class="govuk-summary-list__row">
                <dt class="govuk-summary-list__key">{t("case.home")}</dt>
                <dd class="govuk-summary-list__value">
                    {home ? (
                        <>
                            <Link to={`/record/${home.id}`}>{home.title ? <TitleWord title={home.title} /> : <LabelWord name="placement" label={home.label} />}</Link> {home.status && <>(<CodeWord code={home.status} />)</>}
                        </>
                    ) : (
                        t("case.noHome")
                    )}
                </dd>
            </div>
            <div class="govuk-summary-list__row">
                <dt class="govuk-summary-list__key">{t("case.moves")}</dt>
                <dd class="govuk-summary-list__value">{moves}</dd>
            </div>
        </dl>
    );
}

function FirstSteps(props: { caseId: string; hasChild: boolean }) {
    return (
        <ul class="hf-add hf-add--first">
            {!props.hasChild && (
                <li>
                    <Link to={`/case/${props.caseId}/new/child/${props.caseId}`}>{t("case.addChild")}</Link>
                </li>
            )}
            <li>
                <Link to={`/case/${props.caseId}/ask`}>{t("ask.link")}</Link>
            </li>
            <li>
                <Link to={`/case/${props.caseId}/new/action/${props.caseId}`}>{t("case.addAction")}</Link>
            </li>
            <li>
                <Link to={`/case/${props.caseId}/new/warning_sign/${props.caseId}`}>{t("case.addSign")}</Link>
            </li>
        </ul>
    );
}

export function Case(props: PageProps) {
    const id = props.params.case ?? "";
    const { data: all } = useData<{ cases: CaseRow[] }>("/api/cases");
    const { data, error } = useData<{ records: RecordRow[] }>(`/api/records?case=${id}`);
    const { data: own } = useData<{ fields: FieldRow[] }>(`/api/records/${id}`);
    const { data: types } = useData<{ types: TypeRow[] }>("/api/types");
    const { data: voice } = useData<Voice>(`/api/cases/${id}/voice`);
    const withRoles = useRoles(id);
    const { session } = useStore();
    useTitle(t("case.title"));
    const mayWrite = session?.identity?.role !== "auditor";
    if (all && !all.cases.some((row) => row.id === id)) return <Failed text={t("case.notHere")} />;
    const meetings = new Set(data?.records.filter((row) => row.type === "meeting").map((row) => row.id));
    // What belongs to a meeting stands there; its actions are the case's work.
    const records = withRoles(data?.records.filter((row) => row.type === "action" || !row.parent || !meetings.has(row.parent)) ?? []);
    const placed = new Set(sections.flatMap((section) => section.types).concat(notHere));
    const rowsOf = (names: string[]) => records.filter((row) => (names.length ? names.includes(row.type) : !placed.has(row.type)));
    return (
        <>
            <Back to="/cases">{t("cases.title")}</Back>
            <Heading caption={t("case.title")}>{caseName(all?.cases.find((row) => row.id === id))}</Heading>
            <ReadingWhy caseId={id} />
            {error && <p class="govuk-body" lang={answerLang(error.message)}>{error.message}</p>}
            {mayWrite && data && <FirstSteps caseId={id} hasChild={data.records.some((row) => row.type === "child")} />}
            <Drafts caseId={id} />
            {data && <Summary records={data.records} />}
            {own && <Holders fields={own.fields} caseId={id} mayWrite={mayWrite} />}
            <ul class="hf-add">
                <li>
                    <Link to={`/case/${id}/chronology`}>{t("chronology.title")}</Link>
                </li>
                <li>
                    <Link to={`/case/${id}/placing`}>{t("placing.title")}</Link>
                </li>
                <li>
                    <Link to={`/case/${id}/moving`}>{t("moving.title")}</Link>
                </li>
            </ul>
            <Owed caseId={id} />
            <h2 class="govuk-heading-m">{t("case.sections")}</h2>
            {sections.map((section) => {
                const rows = rowsOf(section.types);
                const begun = section.types.map((name) => types?.types.find((type) => type.name === name)).filter((type): type is TypeRow => type !== undefined);
                return (rows.length > 0 || begun.length > 0) && <Section key={section.name} caseId={id} name={section.name} types={begun} rows={rows} mayWrite={mayWrite} voice={section.name === "section.child" ? voice : null} />;
            })}
            <CaseAttachments caseId={id} />
            <p class="govuk-body govuk-!-margin-top-4">
                <Link to={`/case/${id}/concerns`}>{t("concern.title")}</Link>
            </p>
        </>
    );
}
