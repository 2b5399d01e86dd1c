// A meeting as a task list: any order works, and nothing is locked.
import { FieldRow, RecordRow, TypeRow } from "../api";
import { Back, Failed, Heading, SentTag, useTitle } from "../layout";
import { Link } from "../router";
import { useData, useStore } from "../store";
import { codeText, Key, labelLang, labelText, plural, t } from "../strings";
import { CodeWord, Rich } from "../words";
import { PageProps } from "../pages";
import { CalendarLinks } from "../calendar";
import { Amendments, Finalise, Remove } from "../acts";
import { Attachments } from "../attachments";
import { DueOf } from "../duties";
import { RecordList } from "./case";
import { useNamed } from "../named";

type Named = RecordRow & { with: string };
interface Task {
    type: string;
    slots?: string[]; // parts that exist once each
}
interface Section {
    title: Key;
    tasks: Task[];
}

const sections: Section[] = [
    { title: "meeting.request", tasks: [{ type: "request" }, { type: "interim_support" }] },
    { title: "meeting.invitations", tasks: [{ type: "invite" }, { type: "attendance_decision", slots: ["child"] }, { type: "parent_decision", slots: ["parent_1", "parent_2"] }] },
    { title: "meeting.preparation", tasks: [{ type: "briefing" }, { type: "paper" }, { type: "report" }, { type: "views" }, { type: "child_explained" }, { type: "parent_informed", slots: ["parent_1", "parent_2"] }] },
    { title: "meeting.agenda", tasks: [{ type: "agenda_item", slots: ["1", "2a", "2b", "2c", "2d", "2e", "3", "4", "5", "6", "7", "8"] }, { type: "discussion", slots: [""] }, { type: "issue" }, { type: "need" }, { type: "risk_factor" }, { type: "support_tried" }, { type: "option", slots: ["7a", "7b", "7c", "7d", "7e", "7f"] }, { type: "panel_consideration" }] },
    { title: "meeting.actions", tasks: [{ type: "action" }] },
    { title: "meeting.notes", tasks: [{ type: "attendance" }, { type: "notes", slots: [""] }] },
    { title: "meeting.circulation", tasks: [{ type: "circulation" }, { type: "filing" }] },
];

/** What the task is called: a link while there is one thing to begin, then what is recorded and a way to add more. */
function TaskName(props: { caseId: string; meeting: string; task: Task; label: string; rows: RecordRow[]; readOnly: boolean }) {
    const { task, label, rows } = props;
    const base = `/case/${props.caseId}/new/${task.type}/${props.meeting}`;
    const [only] = task.slots ?? [];
    const single = task.slots?.length === 1;
    const to = single && only ? `${base}/${only}` : base;
    const begins = !props.readOnly && rows.length === 0 && (!task.slots || single);
    return (
        <>
            {begins ? <Link to={to} class="govuk-link govuk-task-list__link" lang={labelLang(task.type)}>{label}</Link> : <span lang={labelLang(task.type)}>{label}</span>}
            {rows.length > 0 && <RecordList rows={rows} />}
            {!props.readOnly && rows.length > 0 && !task.slots && <Link to={base}><Rich text="meeting.another" parts={{ label: <span lang={labelLang(task.type)}>{label}</span> }} /></Link>}
            {!props.readOnly && task.slots && !single && (
                <details class="govuk-details govuk-!-margin-bottom-0">
                    <summary class="govuk-details__summary">
                        <span class="govuk-details__summary-text"><Rich text="meeting.choose" parts={{ label: <span lang={labelLang(task.type)}>{label}</span> }} /></span>
                    </summary>
                    <ul class="govuk-list govuk-details__text">
                        {task.slots.map((slot) => (
                            <li key={slot}>
                                <Link to={`${base}/${slot}`}>{t(`slot.${task.type}.${slot}` as Key)}</Link>
                            </li>
                        ))}
                    </ul>
                </details>
            )}
        </>
    );
}

function status(rows: RecordRow[]) {
    const clashes = rows.filter((row) => row.conflicts > 0).length;
    if (clashes) return <strong class="govuk-tag govuk-tag--orange">{t("record.conflict")}</strong>;
    if (rows.length === 0) return <strong class="govuk-tag govuk-tag--grey">{t("meeting.notStarted")}</strong>;
    return <strong class="govuk-tag govuk-tag--blue">{plural("meeting.recorded", rows.length)}</strong>;
}

/** Of several procedures, the one for this kind of meeting asks for something; of a meeting without a kind none does. */
function KindUnsaid(props: { id: string }) {
    return <Rich text="meeting.kindUnsaid" parts={{ link: <Link to={`/record/${props.id}/edit`}>{t("meeting.sayKind")}</Link> }} />;
}

export function Meeting(props: PageProps) {
    const id = props.params.record ?? "";
    const { data, error } = useData<{ record: RecordRow; fields: FieldRow[] }>(`/api/records/${id}`);
    const { data: all } = useData<{ records: RecordRow[] }>(data ? `/api/records?case=${data.record.case}` : null);
    const { data: types } = useData<{ types: TypeRow[] }>("/api/types");
    // Who is invited and who was there: a person on file is named by their own record.
    const ofKind = (type: string) => (data ? `/api/records?case=${data.record.case}&type=${type}&with=person` : null);
    const { data: invites } = useData<{ records: Named[] }>(ofKind("invite"));
    const { data: there } = useData<{ records: Named[] }>(ofKind("attendance"));
    const people = useNamed(data?.record.case);
    const { data: policies } = useData<{ policies: { in_force: boolean }[] }>("/api/policies");
    const { session } = useStore();
    useTitle(t("meeting.title"));
    if (error) return <Failed text={error.message} />;
    if (!data || !all || !types) return null;
    const request = data.fields.find((field) => field.name === "request")?.values[0];
    const persons = new Map([...(invites?.records ?? []), ...(there?.records ?? [])].map((row) => [row.id, people?.find((person) => person.id === row.with)?.title]));
    const named = (row: RecordRow): RecordRow => ({ ...row, title: row.title || (persons.get(row.id) ?? "") });
    const rowsOf = (type: string) => all.records.filter((row) => row.type === type && (row.parent === id || row.id === request)).map(named);
    const label = (type: string) => labelText(type, types.types.find((row) => row.name === type)?.label ?? type);
    const mayWrite = session?.identity?.role !== "auditor";
    const kind = data.fields.find((field) => field.name === "type")?.values[0];
    const several = policies && policies.policies.filter((policy) => policy.in_force).length > 1;
    const unasked = kind || several === false ? undefined : several ? <KindUnsaid id={id} /> : "";
    return (
        <>
            <Back to={`/case/${data.record.case}`}>{t("case.title")}</Back>
            <Heading caption={kind ? codeText(kind) : ""}>{t("meeting.title")}</Heading>
            <p class="govuk-body">
                <SentTag sent={data.record.sent} /> {data.record.is_final && <strong class="govuk-tag govuk-tag--green">{t("record.final")}</strong>} {data.record.status && <CodeWord code={data.record.status} />}
            </p>
            <p class="govuk-body">
                <Link to={`/record/${id}/edit`}>{t(data.record.is_final ? "amendment.propose" : "meeting.details")}</Link>
            </p>
            <ul class="hf-add">
                <li>
                    <Link to={`/meeting/${id}/sheet/professional`}>{t("sheet.title")}</Link>
                </li>
                <li>
                    <Link to={`/meeting/${id}/child`}>{t("child.link")}</Link>
                </li>
                {mayWrite && (
                    <li>
                        <Link to={`/meeting/${id}/circulate`}>{t("circulation.title")}</Link>
                    </li>
                )}
                <CalendarLinks record={id} />
            </ul>
            <DueOf row={data.record} />
            <Amendments row={data.record} mayDecide={mayWrite} />
            {sections.map((section) => (
                <section key={section.title}>
                    <h2 class="govuk-heading-m">{t(section.title)}</h2>
                    <ul class="govuk-task-list">
                        {section.tasks.map((task) => (
                            <li class="govuk-task-list__item" key={task.type}>
                                <div class="govuk-task-list__name-and-hint">
                                    <TaskName caseId={data.record.case} meeting={id} task={task} label={label(task.type)} rows={rowsOf(task.type)} readOnly={!mayWrite} />
                                </div>
                                <div class="govuk-task-list__status">{status(rowsOf(task.type))}</div>
                            </li>
                        ))}
                    </ul>
                </section>
            ))}
            <Attachments caseId={data.record.case} record={id} mayWrite={mayWrite} />
            {mayWrite && !data.record.is_final && <Finalise row={data.record} unasked={unasked} />}
            {mayWrite && <Remove row={data.record} />}
        </>
    );
}
