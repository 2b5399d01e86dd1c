// What a case owes: a line for each duty, by which rule, and why its limit is what it is.
import { useState } from "preact/hooks";
import { useData } from "./store";
import { calendarName, procedureName, settingName, settingValue } from "./procedures";
import { Link } from "./router";
import { Facts, LabelWord, Rich, TitleWord } from "./words";
import { codeLang, answerLang, codeText, dateText, englishLang, labelText, plural, t } from "./strings";

export interface Duty {
    id: string; // "FSM-55.3fa2c1d09b12"
    duty: string;
    case: string;
    reference: string;
    record: string;
    type: string;
    label: string;
    about: string; // what the record is called; "" for one without a name
    title: string;
    help: string;
    clears: string;
    status: "not_yet_due" | "due" | "overdue" | "done" | "not_recorded" | "not_set" | "help";
    strength: string;
    gate: string;
    late: boolean;
    information: boolean;
    beyond_calendar: boolean;
    due: string | null;
    role: string;
    person: string | null;
    person_name: string;
    policy: string;
    version: string;
    limit: { n: number; unit: string; from: string } | null;
    group?: "overdue" | "today" | "soon" | "missing";
    urgent?: boolean;
}
interface Explanation {
    duty: Duty;
    before: boolean;
    from: string;
    n: number;
    unit: string;
    unit_source: string;
    first_day_counts: boolean;
    next_day: boolean;
    days: { date: string; number: number; why: string }[];
    done: string;
    settings: { name: string; value: string; amb: string; local: boolean }[];
    calendar: string;
    calendar_version: string;
}

/** A limit at the end of a day is a day; any other has its time. Both as the clocks in London show them. */
export function dueText(iso: string): string {
    const at = new Date(iso);
    const zone = { timeZone: "Europe/London" } as const;
    const language = document.documentElement.lang;
    const clock = at.toLocaleTimeString("en-GB", { ...zone, hour: "2-digit", minute: "2-digit" });
    const day = at.toLocaleDateString(language, { ...zone, weekday: "short", day: "numeric", month: "short", year: "numeric" });
    return clock === "23:59" ? day : `${day}, ${clock}`;
}

function lowerFirst(text: string): string {
    return text.charAt(0).toLowerCase() + text.slice(1);
}

/** "2 working days from the request for a meeting" */
function limitText(duty: Duty): string {
    if (!duty.limit) return "";
    const count = plural(`duty.limit.${duty.limit.unit}`, duty.limit.n);
    const from = duty.limit.from ? labelText(duty.limit.from, codeText(duty.limit.from)) : "";
    return from ? t("duty.limitFrom", { count, from: lowerFirst(from) }) : count;
}

export function ruleText(duty: Duty): string {
    return [limitText(duty), t("duty.rule", { policy: procedureName(duty.policy), version: duty.version, duty: duty.duty })].filter(Boolean).join(" · ");
}

function Row(props: { name: string; children: preact.ComponentChildren }) {
    return (
        <div class="govuk-summary-list__row">
            <dt class="govuk-summary-list__key">{props.name}</dt>
            <dd class="govuk-summary-list__value">{props.children}</dd>
        </div>
    );
}

function Days(props: { days: Explanation["days"] }) {
    const language = document.documentElement.lang;
    return (
        <ol class="hf-days">
            {props.days.map((day) => (
                <li key={day.date} class={day.number ? "" : "hf-days__out"}>
                    <span>{new Date(`${day.date}T12:00:00Z`).toLocaleDateString(language, { weekday: "short", day: "numeric", month: "short", year: "numeric" })}</span>
                    <strong>{day.number ? t("duty.dayNumber", { n: day.number }) : t("duty.dayOut", { why: day.why })}</strong>
                </li>
            ))}
        </ol>
    );
}

function Explained(props: { duty: Duty }) {
    const { data, error } = useData<Explanation>(`/api/duties/explain?case=${props.duty.case}&duty=${encodeURIComponent(props.duty.id)}`);
    if (error) return <p class="govuk-body" lang={answerLang(error.message)}>{error.message}</p>;
    if (!data) return null;
    return (
        <>
            {data.duty.help && (
                <p class="govuk-body" lang={englishLang()}>
                    {data.duty.help}
                </p>
            )}
            <dl class="govuk-summary-list govuk-!-margin-bottom-2">
                {data.duty.clears && (
                    <Row name={t("duty.clears")}>
                        <span lang={englishLang()}>{data.duty.clears}</span>
                    </Row>
                )}
                {data.from && <Row name={t(data.before ? "duty.before" : "duty.from")}>{dateText(data.from)}</Row>}
                {data.n > 0 && (
                    <Row name={t("duty.limit")}>
                        {plural(`duty.limit.${data.unit}`, data.n)}
                        {data.unit_source && ` (${data.unit_source})`}
                        {data.first_day_counts && <div>{t("duty.firstDay")}</div>}
                        {data.next_day && <div>{t("duty.nextDay")}</div>}
                    </Row>
                )}
                {data.days.length > 0 && (
                    <Row name={t("duty.counted")}>
                        <Days days={data.days} />
                    </Row>
                )}
                {data.duty.due && <Row name={t("duty.due")}>{dueText(data.duty.due)}</Row>}
                {data.duty.beyond_calendar && <Row name={t("duty.careful")}>{t("duty.beyond")}</Row>}
                {data.settings.map((setting) => (
                    <Row name={settingName(setting.name)} key={setting.name}>
                        {settingValue(setting.value)}, {t(setting.local ? "duty.local" : "duty.default")}
                        {setting.amb && ` (${setting.amb})`}
                    </Row>
                ))}
                <Row name={t("duty.calendar")}>{t("duty.calendarIs", { calendar: calendarName(data.calendar), version: data.calendar_version })}</Row>
            </dl>
        </>
    );
}

/** Opens the explanation when it is asked for. */
export function Explain(props: { duty: Duty }) {
    const [open, setOpen] = useState(false);
    return (
        <details class="govuk-details govuk-!-margin-bottom-0" onToggle={(event) => setOpen((event.target as HTMLDetailsElement).open)}>
            <summary class="govuk-details__summary">
                <span class="govuk-details__summary-text">{t("duty.explain")}</span>
                <span class="govuk-visually-hidden">{`: ${props.duty.title}`}</span>
            </summary>
            {open && (
                <div class="govuk-details__text">
                    <Explained duty={props.duty} />
                </div>
            )}
        </details>
    );
}

export function dutyPath(duty: Duty): string {
    if (duty.record === duty.case) return `/case/${duty.case}`;
    return duty.type === "meeting" ? `/meeting/${duty.record}` : `/record/${duty.record}`;
}

function who(duty: Duty): preact.ComponentChildren {
    const role = duty.role ? codeText(duty.role) : "";
    const word = (text: string) => <span lang={codeLang(duty.role)}>{text}</span>;
    if (duty.person_name) return role ? <Rich text="duty.who" parts={{ person: <bdi>{duty.person_name}</bdi>, role: word(lowerFirst(role)) }} /> : <bdi>{duty.person_name}</bdi>;
    return role ? <Rich text="duty.nobody" parts={{ role: word(role) }} /> : "";
}

/** Which record it is: two actions that are late, two homes, two plans are told apart by it. */
function About(props: { duty: Duty }) {
    const { duty } = props;
    const label = <LabelWord name={duty.type} label={duty.label} />;
    return duty.about ? <Rich text="record.named" parts={{ label, title: <TitleWord title={duty.about} /> }} /> : label;
}

export function DutyItem(props: { duty: Duty; caseName?: string; left?: string; here?: string }) {
    const { duty } = props;
    const late = duty.status === "overdue";
    return (
        <li class={`hf-duty${duty.urgent ? " hf-duty--urgent" : ""}`}>
            <div class="hf-duty__head">
                {duty.record === props.here ? (
                    <strong lang={englishLang()}>{duty.title}</strong>
                ) : (
                    <Link to={dutyPath(duty)} lang={englishLang()}>
                        {duty.title}
                    </Link>
                )}
                {duty.urgent && <strong class="govuk-tag govuk-tag--red">{t("duty.urgent")}</strong>}
                {duty.strength === "required" && duty.gate && <strong class="govuk-tag govuk-tag--grey">{t("duty.gate")}</strong>}
            </div>
            {duty.due && <p class={`hf-duty__due${late ? " hf-duty__due--late" : ""}`}>{[t(late ? "duty.wasDue" : "duty.isDue", { day: dueText(duty.due) }), props.left].filter(Boolean).join(" · ")}</p>}
            <p class="hf-duty__more">
                <Facts parts={[props.caseName, duty.record === duty.case || duty.record === props.here ? "" : <About duty={duty} />, who(duty)]} />
            </p>
            <p class="hf-duty__more">{ruleText(duty)}</p>
            <Explain duty={duty} />
        </li>
    );
}

export function isOpen(duty: Duty): boolean {
    return duty.status !== "done" && duty.status !== "help";
}

/** What a procedure asks for about a record: what is open, by duty, and what is done. With the duties of its form, those too that are
 * about what it belongs to. */
export function AskedOf(props: { row: { id: string; case: string; parent: string | null }; duties: string[] | undefined }) {
    const { row, duties } = props;
    const { data } = useData<{ duties: Duty[] }>(`/api/duties?case=${row.case}&all=1`);
    const isAsked = (duty: Duty) => duty.record === row.id || (duty.record === row.parent && duties !== undefined);
    const about = data?.duties.filter((duty) => isAsked(duty) && (duties ? duties.includes(duty.duty) : duty.status !== "help" && duty.status !== "not_set")) ?? [];
    return <Asked duties={about} here={row.id} />;
}

/** What is owed about a record by a day: ahead of a long page. */
export function DueOf(props: { row: { id: string; case: string } }) {
    const { data } = useData<{ duties: Duty[] }>(`/api/duties?case=${props.row.case}&record=${props.row.id}`);
    const due = data?.duties.filter((duty) => duty.status === "overdue" || (duty.due && isOpen(duty) && duty.status !== "not_recorded")) ?? [];
    if (due.length === 0) return null;
    return (
        <ul class="hf-duties">
            {due.map((duty) => (
                <DutyItem duty={duty} key={duty.id} here={props.row.id} />
            ))}
        </ul>
    );
}

export function Asked(props: { duties: Duty[]; here?: string }) {
    const open = props.duties.filter(isOpen);
    const done = props.duties.filter((duty) => duty.status === "done");
    if (props.duties.length === 0) return null;
    return (
        <section>
            <h2 class="govuk-heading-m">{t("asked.title")}</h2>
            {open.length === 0 && <p class="govuk-body">{t("asked.nothing")}</p>}
            {open.length > 0 && (
                <ul class="hf-duties">
                    {open.map((duty) => (
                        <DutyItem duty={duty} key={duty.id} here={props.here ?? ""} />
                    ))}
                </ul>
            )}
            {done.length > 0 && (
                <ul class="hf-done">
                    {done.map((duty) => (
                        <li key={duty.id}>
                            {t("asked.done", { title: duty.title })} <span class="hf-duty__more">{ruleText(duty)}</span>
                        </li>
                    ))}
                </ul>
            )}
        </section>
    );
}
