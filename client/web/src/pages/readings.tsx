// How the authority reads its procedures where they are silent or say two things: who chose what, when, and from when. And the calendars.
import { useState } from "preact/hooks";
import { ApiError, post } from "../api";
import { Duty, DutyItem } from "../duties";
import { Line, Select } from "../inputs";
import { Heading, useTitle } from "../layout";
import { calendarName, procedureName, settingName, settingValue } from "../procedures";
import { announce, useData, useStore } from "../store";
import { answerLang, dateText, plural, t } from "../strings";
import { Full, one } from "./dashboard";
import { ErrorSummary } from "./enter";
import { PolicyTabs } from "./releases";

interface Setting {
    policy: string;
    version: string;
    name: string;
    about: string;
    amb: string;
    value: string;
    is_default: boolean;
    decided_by: string | null;
    decided_on: string;
    from: string;
    reason: string;
    allowed?: { choices?: string[]; from?: number; to?: number; null?: boolean };
}
interface Answer {
    settings: Setting[];
    decisions: Full[];
    names: Record<string, string>;
}

function Decide(props: { setting: Setting }) {
    const { setting } = props;
    const { choices, null: silent } = setting.allowed ?? {};
    const [value, setValue] = useState(setting.value);
    const [from, setFrom] = useState("");
    const [reason, setReason] = useState("");
    const [problem, setProblem] = useState("");
    const id = `setting-${setting.policy}-${setting.name}`.replace(/[^a-z0-9-]/g, "-");
    const options = [...(choices ?? []).map(String), ...(silent ? ["null"] : [])].map((code): [string, string] => [code, settingValue(code)]);
    const decide = (event: Event) => {
        event.preventDefault();
        if (!reason.trim()) return setProblem(t("clash.needReason"));
        post("/api/settings", { policy: setting.policy, name: setting.name, value: value.trim() || "null", from: from || null, reason: reason.trim() }).then(
            () => (announce(t("act.done")), setProblem(""), setReason("")),
            (error: ApiError) => setProblem(error.message || t("gone.text")),
        );
    };
    return (
        <details class="govuk-details">
            <summary class="govuk-details__summary">
                <span class="govuk-details__summary-text">{t("reading.decide")}</span>
                <span class="govuk-visually-hidden">{`: ${settingName(setting.name)}`}</span>
            </summary>
            <form class="govuk-details__text" onSubmit={decide}>
                <ErrorSummary problems={problem ? [{ field: `${id}-why`, text: problem }] : []} />
                {choices ? <Select id={id} label={t("reading.value")} value={value} options={options} onChange={setValue} /> : <Line id={id} label={t("reading.value")} hint={t("reading.number", { from: setting.allowed?.from ?? 0, to: setting.allowed?.to ?? 0 })} value={value === "null" ? "" : value} onChange={setValue} />}
                <div class="govuk-form-group">
                    <label class="govuk-label" for={`${id}-from`}>
                        {t("reading.from")}
                    </label>
                    <input class="govuk-input govuk-input--width-10" type="date" id={`${id}-from`} value={from} onInput={(event) => setFrom((event.target as HTMLInputElement).value)} />
                </div>
                <Line id={`${id}-why`} label={t("clash.reason")} value={reason} onChange={setReason} />
                <button class="govuk-button" type="submit">
                    {t("reading.do")}
                </button>
            </form>
        </details>
    );
}

function History(props: { setting: Setting; decisions: Full[]; names: Record<string, string> }) {
    const own = props.decisions.filter((row) => one(row, "policy") === props.setting.policy && one(row, "name") === props.setting.name);
    if (!own.length) return <p class="hf-duty__more">{t("reading.nobody")}</p>;
    return (
        <ul class="govuk-list">
            {own.map((row) => (
                <li class="hf-duty__more" key={row.id}>
                    {t("reading.chose", { who: props.names[one(row, "decided_by")] ?? t("office.unknown"), value: settingValue(one(row, "value")), on: dateText(one(row, "decided_on")), from: dateText(one(row, "from")), reason: one(row, "reason") })}
                </li>
            ))}
        </ul>
    );
}

export function Readings() {
    const { data, error } = useData<Answer>("/api/settings");
    const { session } = useStore();
    const role = session?.identity?.role ?? "";
    useTitle(t("reading.title"));
    return (
        <>
            <Heading>{t("reading.title")}</Heading>
            <PolicyTabs />
            <p class="govuk-body">{t("reading.text")}</p>
            {error && <p class="govuk-body" lang={answerLang(error.message)}>{error.message}</p>}
            {data?.settings.length === 0 && <p class="govuk-body">{t("release.none")}</p>}
            {data?.settings.map((setting) => (
                <section class="hf-rule" key={`${setting.policy} ${setting.name}`}>
                    <h2 class="govuk-heading-s govuk-!-margin-bottom-1">{settingName(setting.name)}</h2>
                    <p class="hf-duty__more">{[t("policy.named", { name: procedureName(setting.policy), version: setting.version }), setting.amb].filter(Boolean).join(" · ")}</p>
                    <p class="govuk-body govuk-!-margin-bottom-1">{setting.about}</p>
                    <p class="govuk-body govuk-!-margin-bottom-1">
                        <strong>{settingValue(setting.value)}</strong> {t(setting.is_default ? "reading.isDefault" : "reading.isLocal")}
                    </p>
                    <History setting={setting} decisions={data.decisions} names={data.names} />
                    {(role === "office" || role === "admin") && <Decide setting={setting} />}
                </section>
            ))}
        </>
    );
}

// --- calendars ---

interface Calendar {
    calendar: string;
    version: string;
    about?: string;
    source?: string;
    checked?: string;
    covers_from: string;
    covers_until: string;
    in_force: boolean;
    holidays: { on: string; name: string }[];
}

function Year(props: { year: string; days: Calendar["holidays"] }) {
    return (
        <details class="hf-section">
            <summary>
                <h3 class="govuk-heading-s govuk-!-margin-bottom-0">{props.year}</h3>
                <span>{plural("calendar.days", props.days.length)}</span>
            </summary>
            <ul class="hf-rows">
                {props.days.map((day) => (
                    <li key={day.on}>
                        <span>{day.name}</span>
                        <span class="hf-rows__more">{new Date(`${day.on}T12:00:00Z`).toLocaleDateString(document.documentElement.lang, { weekday: "long", day: "numeric", month: "long" })}</span>
                    </li>
                ))}
            </ul>
        </details>
    );
}

export function Calendars() {
    const { data, error } = useData<{ calendars: Calendar[]; beyond: number; duties: Duty[] }>("/api/calendars");
    useTitle(t("calendar.title"));
    const years = (calendar: Calendar) => [...new Set(calendar.holidays.map((day) => day.on.slice(0, 4)))];
    return (
        <>
            <Heading>{t("calendar.title")}</Heading>
            <PolicyTabs />
            {error && <p class="govuk-body" lang={answerLang(error.message)}>{error.message}</p>}
            {data?.calendars.length === 0 && <p class="govuk-body">{t("calendar.none")}</p>}
            {data && data.beyond > 0 && (
                <section class="hf-notice">
                    <h2 class="govuk-heading-s govuk-!-margin-bottom-1">{plural("calendar.beyond", data.beyond)}</h2>
                    <p class="govuk-body">{t("calendar.beyondText")}</p>
                    <ul class="hf-duties">
                        {data.duties.map((duty) => (
                            <DutyItem duty={duty} key={duty.id} caseName={duty.reference} />
                        ))}
                    </ul>
                </section>
            )}
            {data?.calendars.map((calendar) => (
                <section key={`${calendar.calendar} ${calendar.version}`}>
                    <h2 class="govuk-heading-m">{t("duty.calendarIs", { calendar: calendarName(calendar.calendar), version: calendar.version })}</h2>
                    <p class="govuk-body">
                        {calendar.in_force && <strong class="govuk-tag govuk-tag--green">{t("release.inForce")}</strong>} {t("calendar.covers", { from: dateText(calendar.covers_from), until: dateText(calendar.covers_until) })}
                    </p>
                    {calendar.source && <p class="govuk-body">{t("calendar.source", { source: calendar.source })}</p>}
                    {calendar.checked && <p class="hf-duty__more">{t("calendar.checked", { text: calendar.checked })}</p>}
                    {years(calendar).map((year) => (
                        <Year year={year} key={year} days={calendar.holidays.filter((day) => day.on.startsWith(year))} />
                    ))}
                </section>
            ))}
        </>
    );
}
