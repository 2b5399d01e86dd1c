// The office's first page: figures over the cases on this device; each opens the records behind it.
import { RecordRow } from "../api";
import { Duty, DutyItem } from "../duties";
import { ageText, agoText, Back, Heading, useTitle } from "../layout";
import { useCaseNames } from "../named";
import { Link } from "../router";
import { useData, useStore } from "../store";
import { answerLang, codeText, Key, plural, t, timeText } from "../strings";
import { PageProps } from "../pages";
import { recordPath } from "./case";
import { Device, deviceText, HERE_MS, useOffice } from "./office";

export interface Timed extends Duty {
    left_ms: number | null;
}
export interface List<T> {
    count: number;
    rows: T[];
    more: boolean;
}
/** A record with its fields: text, or a list for sets, entries and values that clash. */
export interface Full extends RecordRow {
    fields: Record<string, string | string[]>;
}
interface Board {
    now: string;
    cases: number;
    urgent: List<Timed>;
    minutes: List<Timed>;
    plans: List<Timed>;
    escalate: List<Timed>;
    escalations: { levels: number[]; rows: Full[] };
    voice: { held: number; heard: number; rows: Full[] };
    beyond: number;
    conflicts: number;
    held: number;
}

const duties = ["urgent", "minutes", "plans", "escalate"] as const;
const SILENT_MS = 3 * 24 * 60 * 60 * 1000; // a device that was not here for longer is pointed out

export function one(record: Full, name: string): string {
    const value = record.fields[name];
    return Array.isArray(value) ? value.join(", ") : (value ?? "");
}
export function several(record: Full, name: string): string[] {
    const value = record.fields[name];
    return Array.isArray(value) ? value : value ? [value] : [];
}

/** "1 day, 4 hours left", "3 hours over". */
export function leftText(ms: number | null): string {
    if (ms === null) return "";
    const hours = Math.floor(Math.abs(ms) / 3600000);
    const count = hours < 1 ? plural("age.minutes", Math.floor(Math.abs(ms) / 60000)) : hours < 48 ? plural("age.hours", hours) : plural("age.days", Math.floor(hours / 24));
    return t(ms < 0 ? "left.over" : "left.left", { count });
}

function share(voice: Board["voice"]): string {
    return voice.held ? t("board.share", { percent: Math.round((100 * voice.heard) / voice.held) }) : t("board.noShare");
}

function silent(devices: Device[]): Device[] {
    return devices.filter((device) => device.state === "active" && !device.connected && Date.now() - Date.parse(device.last_seen) > SILENT_MS);
}

function Figure(props: { to: string; figure: string; name: Key; more?: string | undefined; bad?: boolean }) {
    return (
        <li class={props.bad ? "hf-figures__bad" : ""}>
            <Link to={props.to}>
                <strong>{props.figure}</strong> {t(props.name)}
            </Link>
            {props.more && <span>{props.more}</span>}
        </li>
    );
}

function Devices() {
    const { data, problem } = useOffice<{ devices: Device[] }>("/api/office/devices", HERE_MS);
    if (problem) return <li><span>{t("board.devices")}: {problem}</span></li>;
    if (!data) return null;
    const active = data.devices.filter((device) => device.state === "active");
    const away = active.filter((device) => !device.connected);
    const oldest = away.map((device) => device.last_seen).sort()[0];
    const here = t("board.here", { n: active.length - away.length });
    const quiet = silent(data.devices).length;
    return <Figure to="/dashboard/devices" figure={String(active.length)} name="board.devices" bad={quiet > 0} more={oldest ? `${here}. ${t("board.oldest", { age: ageText(oldest) })}` : here} />;
}

/** What the office's server says of its own trouble: so far, a mirror that lacks something. */
function Trouble() {
    const { data } = useOffice<{ status: { mirror_text: string } }>("/api/office/status");
    return data?.status.mirror_text ? <div class="govuk-inset-text hf-trouble">{data.status.mirror_text}</div> : null;
}

const rooms: [string, Key][] = [
    ["/oversight/iro", "oversight.iro"],
    ["/oversight/managers", "oversight.managers"],
    ["/office/registers/panels", "register.panels"],
    ["/office/registers/circulation", "register.circulation"],
    ["/office/registers/filing", "register.filing"],
    ["/office/procedures", "policy.title"],
    ["/office/readings", "reading.title"],
    ["/office/calendars", "calendar.title"],
];

export function Dashboard() {
    const { data, error } = useData<Board>("/api/dashboard");
    const { session } = useStore();
    const asksOffice = session?.identity?.role === "office" || session?.identity?.role === "admin"; // the server tells nobody else
    useTitle(t("board.title"));
    const open = data?.escalations.levels.reduce((sum, n) => sum + n, 0) ?? 0;
    return (
        <>
            <Heading>{t("board.title")}</Heading>
            {error && <p class="govuk-body" lang={answerLang(error.message)}>{error.message}</p>}
            {data && (
                <>
                    <p class="govuk-body">{plural("board.over", data.cases, { time: timeText(data.now) })}</p>
                    {data.beyond > 0 && (
                        <div class="govuk-inset-text">
                            <Link to="/office/calendars">{plural("calendar.beyond", data.beyond)}</Link>
                        </div>
                    )}
                    {asksOffice && <Trouble />}
                    <ul class="hf-figures">
                        <Figure to="/dashboard/urgent" figure={String(data.urgent.count)} name="board.urgent" bad={data.urgent.rows.some((row) => (row.left_ms ?? 0) < 0)} more={leftText(data.urgent.rows.map((row) => row.left_ms ?? 0).sort((a, b) => a - b)[0] ?? null)} />
                        <Figure to="/dashboard/minutes" figure={String(data.minutes.count)} name="board.minutes" bad={data.minutes.rows.some((row) => row.status === "overdue")} />
                        <Figure to="/dashboard/plans" figure={String(data.plans.count)} name="board.plans" />
                        <Figure to="/dashboard/escalations" figure={String(open)} name="board.escalations" bad={open > 0} more={t("board.levels", { one: data.escalations.levels[0] ?? 0, two: data.escalations.levels[1] ?? 0, three: data.escalations.levels[2] ?? 0 })} />
                        <Figure to="/dashboard/escalate" figure={String(data.escalate.count)} name="board.escalate" />
                        <Figure to="/dashboard/voice" figure={share(data.voice)} name="board.voice" more={t("board.heard", { heard: data.voice.heard, held: data.voice.held })} />
                        {asksOffice && <Devices />}
                        <Figure to="/clashes" figure={String(data.conflicts)} name="board.clashes" />
                        <Figure to="/office/held" figure={String(data.held)} name="board.held" />
                    </ul>
                </>
            )}
            <h2 class="govuk-heading-m">{t("board.rooms")}</h2>
            <ul class="hf-add">
                {rooms.map(([to, name]) => (
                    <li key={to}>
                        <Link to={to}>{t(name)}</Link>
                    </li>
                ))}
            </ul>
        </>
    );
}

// --- the records behind a figure ---

export function TimedList(props: { list: List<Timed> }) {
    const cases = useCaseNames();
    return (
        <>
            {props.list.more && <p class="govuk-body">{t("work.more", { n: props.list.rows.length })}</p>}
            <ul class="hf-duties">
                {props.list.rows.map((duty) => (
                    <DutyItem duty={duty} key={duty.id} caseName={cases.get(duty.case) || duty.reference} left={leftText(duty.left_ms)} />
                ))}
            </ul>
        </>
    );
}

export function Escalations(props: { rows: Full[] }) {
    const cases = useCaseNames();
    return (
        <ul class="hf-rows">
            {props.rows.map((row) => (
                <li key={row.id}>
                    <Link to={recordPath(row)}>{t("escalations.one", { level: one(row, "level"), reason: one(row, "reason") })}</Link>
                    <span class="hf-rows__more">
                        <span>{cases.get(row.case)}</span>
                        <span>{timeText(one(row, "at"))}</span>
                        <span>{several(row, "to_roles").map(codeText).join(", ")}</span>
                        <strong class={`govuk-tag ${several(row, "responses").length ? "govuk-tag--grey" : "govuk-tag--yellow"}`}>{t(several(row, "responses").length ? "escalations.replied" : "escalations.open")}</strong>
                    </span>
                </li>
            ))}
        </ul>
    );
}

function Unheard(props: { voice: Board["voice"] }) {
    const { heard, held, rows } = props.voice;
    const cases = useCaseNames();
    return (
        <>
            <p class="govuk-body">{t("board.heard", { heard, held })}</p>
            <h2 class="govuk-heading-m">{t("board.unheard")}</h2>
            {rows.length === 0 && <p class="govuk-body">{t("board.none")}</p>}
            <ul class="hf-rows">
                {rows.map((row) => (
                    <li key={row.id}>
                        <Link to={recordPath(row)}>{t("board.meetingOf", { kind: codeText(one(row, "type")), time: timeText(one(row, "start")) })}</Link>
                        <span class="hf-rows__more">
                            <span>{cases.get(row.case)}</span>
                            <span>{codeText(one(row, "status"))}</span>
                        </span>
                    </li>
                ))}
            </ul>
        </>
    );
}

function DeviceAges() {
    const { data, problem } = useOffice<{ devices: Device[] }>("/api/office/devices", HERE_MS);
    const rows = (data?.devices ?? []).filter((device) => device.state === "active").sort((a, b) => Number(a.connected) - Number(b.connected) || a.last_seen.localeCompare(b.last_seen));
    return (
        <>
            {problem && <p class="govuk-body">{problem}</p>}
            <ul class="hf-rows">
                {rows.map((device) => (
                    <li key={device.device}>
                        <Link to="/office/people">{device.name}</Link>
                        <span class="hf-rows__more">
                            <span>{device.connected ? t("office.device", { device: device.device.slice(0, 16) }) : deviceText(device)}</span>
                            <strong class={`govuk-tag ${device.connected ? "govuk-tag--green" : silent([device]).length ? "govuk-tag--orange" : "govuk-tag--grey"}`}>{device.connected ? t("office.here") : agoText(device.last_seen)}</strong>
                        </span>
                    </li>
                ))}
            </ul>
        </>
    );
}

export function DashboardFigure(props: PageProps) {
    const figure = props.params.figure ?? "";
    const { data, error } = useData<Board>("/api/dashboard");
    const name = `board.${figure}` as Key;
    useTitle(t(name));
    const timed = duties.find((one) => one === figure);
    const open = data?.escalations.rows.filter((row) => several(row, "responses").length === 0) ?? [];
    const count = timed ? data?.[timed].count : figure === "escalations" ? open.length : 1;
    return (
        <>
            <Back to="/dashboard">{t("board.title")}</Back>
            <Heading caption={t("board.title")}>{t(name)}</Heading>
            {error && <p class="govuk-body" lang={answerLang(error.message)}>{error.message}</p>}
            {data && count === 0 && <p class="govuk-body">{t("board.none")}</p>}
            {data && timed && <TimedList list={data[timed]} />}
            {data && figure === "escalations" && <Escalations rows={open} />}
            {data && figure === "voice" && <Unheard voice={data.voice} />}
            {figure === "devices" && <DeviceAges />}
        </>
    );
}
