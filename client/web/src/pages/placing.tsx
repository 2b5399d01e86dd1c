// Two task lists of a case: what a procedure asks for when a child is placed, and when a child moves. Any order works; nothing is locked.
import { CaseRow, RecordRow } from "../api";
import { Asked, Duty, dueText, isOpen } from "../duties";
import { Guide, GuideName, guideNamed, guideOf } from "../guides";
import { Back, Failed, Heading, useTitle } from "../layout";
import { PageProps } from "../pages";
import { Link } from "../router";
import { useData, useStore } from "../store";
import { Key, labelText, plural, t, titleText } from "../strings";
import { RecordList } from "./case";
import { caseName } from "../named";

interface Step {
    title: Key;
    tasks: { guide: GuideName; under: "case" | "placement" | "match" | "ppm" | "move" }[];
}

const placing: Step[] = [
    {
        title: "placing.match",
        tasks: [
            { guide: "before", under: "placement" },
            { guide: "match", under: "case" },
            { guide: "prf", under: "match" },
            { guide: "share", under: "match" },
            { guide: "profile", under: "match" },
            { guide: "video", under: "match" },
        ],
    },
    {
        title: "placing.begins",
        tasks: [
            { guide: "ppm", under: "placement" },
            { guide: "placement_plan", under: "ppm" },
            { guide: "first_plan", under: "case" },
            { guide: "tracker", under: "placement" },
        ],
    },
];
const moving: Step[] = [
    {
        title: "moving.plan",
        tasks: [
            { guide: "move", under: "case" },
            { guide: "transition_meeting", under: "move" },
            { guide: "transition_plan", under: "move" },
        ],
    },
    { title: "moving.learn", tasks: [{ guide: "learning", under: "move" }] },
];
/** How the record is begun under which others stand, when there is none yet. */
const begins = { case: "", placement: "new/placement", match: "form/match", ppm: "", move: "form/move" };

/** A record whose guide is known by more than its type comes with the field that tells it. */
type Row = RecordRow & { with?: string };

interface All {
    caseId: string;
    rows: Row[];
    duties: Duty[];
    mayWrite: boolean;
    labelOf: (type: string) => string;
}

function Status(props: { duties: Duty[]; count: number }) {
    const late = props.duties.find((duty) => duty.status === "overdue");
    const due = props.duties.find((duty) => isOpen(duty) && duty.due);
    if (late?.due) return <strong class="govuk-tag govuk-tag--red">{t("duty.wasDue", { day: dueText(late.due) })}</strong>;
    if (due?.due) return <strong class="govuk-tag govuk-tag--yellow">{t("duty.isDue", { day: dueText(due.due) })}</strong>;
    if (props.count) return <strong class="govuk-tag govuk-tag--blue">{plural("meeting.recorded", props.count)}</strong>;
    return <strong class="govuk-tag govuk-tag--grey">{t("meeting.notStarted")}</strong>;
}

/** One thing to record about one match, one placement, one move. */
function Task(props: { all: All; guide: Guide; parent: RecordRow | null; several: boolean; duties: Duty[] }) {
    const { all, guide, parent } = props;
    const rows = all.rows.filter((row) => guideOf(row.type, () => row.with) === guide && (!parent || row.parent === parent.id));
    const label = t(`guide.form.${guide.name}`);
    const name = props.several && parent ? t("record.named", { label, title: titleText(parent.title) || labelText(parent.type, parent.label) }) : label;
    const to = `/case/${all.caseId}/form/${guide.name}/${parent?.id ?? all.caseId}`;
    return (
        <li class="govuk-task-list__item">
            <div class="govuk-task-list__name-and-hint">
                {all.mayWrite && rows.length === 0 ? (
                    <Link to={to} class="govuk-link govuk-task-list__link">
                        {name}
                    </Link>
                ) : (
                    <span>{name}</span>
                )}
                {rows.length > 0 && <RecordList rows={rows} />}
                {all.mayWrite && rows.length > 0 && !guide.once && <Link to={to}>{t("meeting.another", { label: name })}</Link>}
            </div>
            <div class="govuk-task-list__status">
                <Status duties={props.duties} count={rows.length} />
            </div>
        </li>
    );
}

function Tasks(props: { all: All; guide: Guide; under: keyof typeof begins }) {
    const { all, guide, under } = props;
    const parents = all.rows.filter((row) => row.type === under && row.deleted !== "deleted");
    const own = all.duties.filter((duty) => guide.duties.includes(duty.duty));
    if (under === "case") return <Task all={all} guide={guide} parent={null} several={false} duties={own.filter((duty) => duty.type === guide.type)} />;
    if (parents.length > 0)
        return (
            <>
                {parents.map((parent) => (
                    <Task all={all} guide={guide} parent={parent} several={parents.length > 1} key={parent.id} duties={own.filter((duty) => duty.record === parent.id)} />
                ))}
            </>
        );
    const first = begins[under];
    const label = all.labelOf(under);
    return (
        <li class="govuk-task-list__item">
            <div class="govuk-task-list__name-and-hint">
                <span>{t(`guide.form.${guide.name}`)}</span>
                <div class="govuk-task-list__hint">{first && all.mayWrite ? <Link to={`/case/${all.caseId}/${first}/${all.caseId}`}>{t("placing.first", { label })}</Link> : t("placing.belongs", { label })}</div>
            </div>
            <div class="govuk-task-list__status">
                <Status duties={[]} count={0} />
            </div>
        </li>
    );
}

function Steps(props: { caseId: string; steps: Step[]; title: string; text: string }) {
    const { caseId, steps } = props;
    const { data, error } = useData<{ records: RecordRow[] }>(`/api/records?case=${caseId}`);
    const { data: papers } = useData<{ records: Row[] }>(`/api/records?case=${caseId}&type=document&with=type`);
    const { data: plans } = useData<{ records: Row[] }>(`/api/records?case=${caseId}&type=support_plan&with=version`);
    const { data: owed, error: notOwed } = useData<{ duties: Duty[] }>(`/api/duties?case=${caseId}&all=1`);
    const { data: types } = useData<{ types: { name: string; label: string }[] }>("/api/types");
    const { data: cases } = useData<{ cases: CaseRow[] }>("/api/cases");
    const { session } = useStore();
    useTitle(props.title);
    if (error ?? notOwed) return <Failed text={(error ?? notOwed)?.message ?? ""} />;
    if (cases && !cases.cases.some((row) => row.id === caseId)) return <Failed text={t("case.notHere")} />;
    if (!data || !papers || !plans || !owed || !types) return null;
    const told = new Map([...papers.records, ...plans.records].map((row) => [row.id, row.with]));
    const rows = data.records.map((row): Row => ({ ...row, with: told.get(row.id) ?? "" }));
    const asked = steps.flatMap((step) => step.tasks.flatMap((task) => guideNamed(task.guide)?.duties ?? []));
    const labelOf = (type: string) => labelText(type, types.types.find((row) => row.name === type)?.label ?? type);
    const all: All = { caseId, rows, duties: owed.duties, mayWrite: session?.identity?.role !== "auditor", labelOf };
    return (
        <>
            <Back to={`/case/${caseId}`}>{t("case.title")}</Back>
            <Heading caption={caseName(cases?.cases.find((row) => row.id === caseId))}>{props.title}</Heading>
            <p class="govuk-body">{props.text}</p>
            {steps.map((step) => (
                <section key={step.title}>
                    <h2 class="govuk-heading-m">{t(step.title)}</h2>
                    <ul class="govuk-task-list">
                        {step.tasks.map((task) => {
                            const guide = guideNamed(task.guide);
                            return guide && <Tasks key={task.guide} all={all} guide={guide} under={task.under} />;
                        })}
                    </ul>
                </section>
            ))}
            <Asked duties={owed.duties.filter((duty) => asked.includes(duty.duty))} />
        </>
    );
}

export function Placing(props: PageProps) {
    return <Steps caseId={props.params.case ?? ""} steps={placing} title={t("placing.title")} text={t("placing.text")} />;
}

export function Moving(props: PageProps) {
    return <Steps caseId={props.params.case ?? ""} steps={moving} title={t("moving.title")} text={t("moving.text")} />;
}
