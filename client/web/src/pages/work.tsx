// My work: what is overdue, due today and in the next seven days, by duty. A worker's first page.
import { CaseRow } from "../api";
import { Duty, DutyItem } from "../duties";
import { Heading, useTitle } from "../layout";
import { procedureName } from "../procedures";
import { Link } from "../router";
import { useData } from "../store";
import { answerLang, Key, plural, t } from "../strings";
import { PageProps } from "../pages";
import { caseName } from "../named";
import { Drafts } from "./drafts";
import { Policy } from "./procedures";

interface WorkAnswer {
    now: string;
    counts: { overdue: number; today: number; soon: number; missing: number; later: number };
    duties: Duty[];
    more: boolean;
}

const groups = ["overdue", "today", "soon", "missing"] as const;

function Reread() {
    const { data } = useData<{ policies: Policy[] }>("/api/policies");
    const due = data?.policies.filter((policy) => policy.in_force && policy.reread_required && !policy.acknowledged) ?? [];
    if (!due.length) return null;
    return (
        <div class="govuk-inset-text">
            <h2 class="govuk-heading-s govuk-!-margin-bottom-1">{t("work.reread")}</h2>
            {due.map((policy) => (
                <div key={policy.name}>
                    <Link to={`/procedure/${policy.name}`}>{t("policy.named", { name: procedureName(policy.name), version: policy.version })}</Link>
                </div>
            ))}
        </div>
    );
}

function Counts(props: { counts: WorkAnswer["counts"] }) {
    return (
        <ul class="hf-counts">
            {groups.map((group) => (
                <li key={group} class={group === "overdue" && props.counts.overdue ? "hf-counts__late" : ""}>
                    <strong>{props.counts[group]}</strong> {t(`work.${group}` as Key)}
                </li>
            ))}
        </ul>
    );
}

function Group(props: { name: (typeof groups)[number]; duties: Duty[]; names: Map<string, string> }) {
    if (!props.duties.length) return null;
    return (
        <section>
            <h2 class="govuk-heading-m">{t(`work.${props.name}` as Key)}</h2>
            {props.name === "missing" && <p class="govuk-body">{t("work.missingText")}</p>}
            <ul class="hf-duties">
                {props.duties.map((duty) => (
                    <DutyItem duty={duty} key={duty.id} caseName={props.names.get(duty.case) ?? duty.reference} />
                ))}
            </ul>
        </section>
    );
}

export function Work(props: PageProps) {
    const all = props.params.who === "all";
    const { data, error } = useData<WorkAnswer>(all ? "/api/work?who=all" : "/api/work");
    const { data: cases } = useData<{ cases: CaseRow[] }>("/api/cases");
    const { data: released } = useData<{ policies: Policy[] }>("/api/policies");
    useTitle(t("work.title"));
    const names = new Map(cases?.cases.map((row) => [row.id, caseName(row)]));
    const none = data && data.duties.length === 0;
    const silent = none && released?.policies.length === 0;
    return (
        <>
            <Heading>{t("work.title")}</Heading>
            {error && <p class="govuk-body" lang={answerLang(error.message)}>{error.message}</p>}
            <nav class="hf-tabs" aria-label={t("work.whose")}>
                <Link to="/my-work" current={!all}>
                    {t("work.mine")}
                </Link>
                <Link to="/my-work/all" current={all}>
                    {t("work.all")}
                </Link>
            </nav>
            <Reread />
            <Drafts />
            {data && !none && <Counts counts={data.counts} />}
            {silent && <p class="govuk-body">{t("work.silent")}</p>}
            {none && !silent && <p class="govuk-body">{t("work.none")}</p>}
            {data && groups.map((group) => <Group name={group} key={group} duties={data.duties.filter((duty) => duty.group === group)} names={names} />)}
            {data?.more && <p class="govuk-body">{t("work.more", { n: data.duties.length })}</p>}
            {data && data.counts.later > 0 && <p class="govuk-body">{plural("work.later", data.counts.later)}</p>}
        </>
    );
}
