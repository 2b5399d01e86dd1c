// The office's own pages: people, devices and invitations; who holds which case; changes that wait for a decision.
import { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ApiError, CaseRow, get, post } from "../api";
import { Line, Select } from "../inputs";
import { Heading, useTitle } from "../layout";
import { useCaseNames } from "../named";
import { Link } from "../router";
import { announce, useData, useStore } from "../store";
import { answerLang, t, timeText } from "../strings";
import { QrCode } from "../qr";
import { ErrorSummary } from "./enter";

interface Person {
    person: string;
    name: string;
    role: string;
}
export interface Device {
    device: string;
    state: string;
    person: string;
    name: string;
    role: string;
    enrolled: string;
    last_seen: string; // now, while it is connected
    connected: boolean;
    safety_code: string;
    changes: number;
}
interface Holding {
    case: string;
    person: string;
    name: string;
    held: boolean;
}
interface HeldChange {
    change: string;
    case: string;
    record: string | null;
    author: string;
    type: string;
    time: string;
    why: string;
    releasable: boolean;
}

const roles = ["worker", "manager", "office", "auditor", "admin"] as const;
const lossReasons = ["lost", "left", "replaced", "other"] as const;
const caseReasons = ["allocated", "reallocated", "cover", "left", "other"] as const;

/** A list that the office's server gives. A sync that is under way has to end first, so it asks again a few times. */
/** every: asked again after so long, for what moves by itself. */
export function useOffice<T>(path: string, every = 0): { data: T | null; problem: string; again: () => void } {
    const [turn, setTurn] = useState(0);
    const [data, setData] = useState<T | null>(null);
    const [problem, setProblem] = useState("");
    useEffect(() => {
        let wanted = true;
        const read = (tries: number) =>
            get<T>(path).then(
                (found) => wanted && (setData(found), setProblem("")),
                (error: ApiError) => {
                    if (!wanted) return;
                    if (error.status === 409 && tries < 8) setTimeout(() => void read(tries + 1), 700);
                    else setProblem(error.message || t("gone.text"));
                },
            );
        void read(0);
        return () => void (wanted = false);
    }, [path, turn]);
    useEffect(() => {
        const timer = every ? setInterval(() => document.hidden || setTurn((before) => before + 1), every) : undefined;
        return () => clearInterval(timer);
    }, [every]);
    return { data, problem, again: () => setTurn(turn + 1) };
}

export async function order<T>(path: string, body: unknown, tries = 0): Promise<T> {
    try {
        return await post<T>(path, body);
    } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 409 || tries >= 8) throw error;
        await new Promise((resolve) => setTimeout(resolve, 700));
        return order<T>(path, body, tries + 1);
    }
}

function Folded(props: { summary: string; children: ComponentChildren }) {
    return (
        <details class="govuk-details">
            <summary class="govuk-details__summary">
                <span class="govuk-details__summary-text">{props.summary}</span>
            </summary>
            <div class="govuk-details__text">{props.children}</div>
        </details>
    );
}

// --- people, devices, invitations ---

function Invite(props: { done: () => void }) {
    const [person, setPerson] = useState("");
    const [role, setRole] = useState<string>("worker");
    const [line, setLine] = useState("");
    const [problem, setProblem] = useState("");
    const invite = (event: Event) => {
        event.preventDefault();
        if (!person.trim()) return setProblem(t("office.needName"));
        order<{ answer: { invitation: string } }>("/api/office/invite", { person: person.trim(), role }).then(
            (made) => (setLine(made.answer.invitation), setProblem(""), props.done()),
            (error: ApiError) => setProblem(error.message || t("gone.text")),
        );
    };
    return (
        <Folded summary={t("office.invite")}>
            <form onSubmit={invite}>
                <ErrorSummary problems={problem ? [{ field: "invite-person", text: problem }] : []} />
                <Line id="invite-person" label={t("office.name")} value={person} onChange={setPerson} />
                <Select id="invite-role" label={t("office.role")} value={role} options={roles.map((name) => [name, t(`role.${name}`)])} onChange={setRole} />
                <button class="govuk-button" type="submit">
                    {t("office.makeInvitation")}
                </button>
            </form>
            {line && (
                <div class="hf-invitation">
                    <p class="govuk-body">{t("office.invitationText")}</p>
                    <label class="govuk-label" for="invitation-line">
                        {t("office.invitation")}
                    </label>
                    <textarea class="govuk-textarea" id="invitation-line" rows={4} readOnly value={line} onFocus={(event) => (event.target as HTMLTextAreaElement).select()} />
                    <QrCode text={line} />
                    <p class="govuk-body">{t("invite.once")}</p>
                    <button class="govuk-button govuk-button--secondary" type="button" onClick={() => setLine("")}>
                        {t("invite.hide")}
                    </button>
                </div>
            )}
        </Folded>
    );
}

function Revoke(props: { device: Device; done: () => void }) {
    const [reason, setReason] = useState<string>("lost");
    const [problem, setProblem] = useState("");
    const id = `revoke-${props.device.device.slice(0, 16)}`;
    const revoke = (event: Event) => {
        event.preventDefault();
        order("/api/office/revoke", { device: props.device.device, reason }).then(
            () => (announce(t("office.revoked")), props.done()),
            (error: ApiError) => setProblem(error.message || t("gone.text")),
        );
    };
    return (
        <Folded summary={t("office.revoke", { name: props.device.name })}>
            <form onSubmit={revoke}>
                <ErrorSummary problems={problem ? [{ field: id, text: problem }] : []} />
                <p class="govuk-body">{t("office.revokeText")}</p>
                <Select id={id} label={t("office.why")} value={reason} options={lossReasons.map((code) => [code, t(`office.loss.${code}`)])} onChange={setReason} />
                <button class="govuk-button govuk-button--warning" type="submit">
                    {t("office.revokeNow")}
                </button>
            </form>
        </Folded>
    );
}

function Confirm(props: { device: Device; done: () => void }) {
    const [problem, setProblem] = useState("");
    const confirm = () =>
        void order("/api/office/confirm", { device: props.device.device }).then(
            () => (announce(t("office.confirmed")), props.done()),
            (error: ApiError) => setProblem(error.message || t("gone.text")),
        );
    return (
        <>
            {problem && <p class="govuk-error-message">{problem}</p>}
            <p class="govuk-body">{t("office.compare", { code: props.device.safety_code })}</p>
            <button class="govuk-button" type="button" onClick={confirm}>
                {t("office.confirm", { name: props.device.name })}
            </button>
        </>
    );
}

/** Which device, and when it was here last; one whose line is open is here now. */
export function deviceText(device: Device): string {
    const name = device.device.slice(0, 16);
    return device.connected ? t("office.deviceHere", { device: name }) : t("office.deviceSeen", { device: name, time: timeText(device.last_seen) });
}

/** Who is here changes by itself. */
export const HERE_MS = 60 * 1000;

export function OfficePeople() {
    const people = useOffice<{ people: Person[] }>("/api/office/people");
    const devices = useOffice<{ devices: Device[] }>("/api/office/devices", HERE_MS);
    useTitle(t("office.people"));
    const admin = useStore().session?.identity?.role === "admin"; // the office's server lets nobody else
    const again = () => (people.again(), devices.again());
    const problem = people.problem || devices.problem;
    return (
        <>
            <Heading>{t("office.people")}</Heading>
            {problem && <p class="govuk-body">{problem}</p>}
            {admin ? <Invite done={again} /> : <p class="govuk-body">{t("office.adminOnly")}</p>}
            {people.data?.people.map((person) => (
                <section class="hf-version" key={person.person}>
                    <h2 class="govuk-heading-s">{t("footer.who", { name: person.name, role: t(`role.${person.role}` as "role.worker") })}</h2>
                    {devices.data?.devices
                        .filter((device) => device.person === person.person)
                        .map((device) => (
                            <div key={device.device}>
                                <p class="govuk-body">
                                    <strong class={`govuk-tag ${device.state === "active" ? "govuk-tag--green" : device.state === "pending" ? "govuk-tag--yellow" : "govuk-tag--grey"}`}>{t(`office.state.${device.state}` as "office.state.active")}</strong>{" "}
                                    {deviceText(device)}
                                </p>
                                {admin && device.state === "pending" && <Confirm device={device} done={again} />}
                                {admin && device.state === "active" && <Revoke device={device} done={again} />}
                            </div>
                        ))}
                </section>
            ))}
        </>
    );
}

// --- who holds which case ---

function Assign(props: { row: Pick<CaseRow, "id" | "reference">; people: Person[]; holding: Holding[]; done: () => void }) {
    const held = props.holding.filter((one) => one.held);
    const free = props.people.filter((person) => person.role === "worker" && !held.some((one) => one.person === person.person));
    const [person, setPerson] = useState("");
    const [reason, setReason] = useState<string>("allocated");
    const [problem, setProblem] = useState("");
    const id = `assign-${props.row.id}`;
    const choices: [string, string][] = [
        ["", t("office.choose")],
        ...free.map((one): [string, string] => [one.person, t("office.give", { name: one.name })]),
        ...held.map((one): [string, string] => [`-${one.person}`, t("office.take", { name: one.name })]),
    ];
    const assign = (event: Event) => {
        event.preventDefault();
        if (!person) return setProblem(t("office.needPerson"));
        const remove = person.startsWith("-");
        order("/api/office/assign", { case: props.row.id, person: remove ? person.slice(1) : person, reason, remove }).then(
            () => (announce(t("office.assigned")), setPerson(""), setProblem(""), props.done()),
            (error: ApiError) => setProblem(error.message || t("gone.text")),
        );
    };
    return (
        <Folded summary={t("office.change", { reference: props.row.reference })}>
            <form onSubmit={assign}>
                <ErrorSummary problems={problem ? [{ field: id, text: problem }] : []} />
                <Select id={id} label={t("office.who")} value={person} options={choices} onChange={setPerson} />
                <Select id={`${id}-why`} label={t("office.why")} value={reason} options={caseReasons.map((code) => [code, t(`office.case.${code}`)])} onChange={setReason} />
                <button class="govuk-button" type="submit">
                    {t("office.changeNow")}
                </button>
            </form>
        </Folded>
    );
}

export function OfficeCases() {
    const { data } = useData<{ cases: CaseRow[] }>("/api/cases");
    const holdings = useOffice<{ cases: Holding[] }>("/api/office/cases");
    const people = useOffice<{ people: Person[] }>("/api/office/people");
    useTitle(t("office.cases"));
    const problem = holdings.problem || people.problem;
    // An administrator's device holds no records: there a case is known by its number only.
    const here = data?.cases ?? [];
    const known = new Set(here.map((row) => row.id));
    const elsewhere = [...new Set((holdings.data?.cases ?? []).map((one) => one.case))].filter((id) => !known.has(id));
    const rows = [...here, ...elsewhere.map((id) => ({ id, reference: t("office.caseNumber", { id: id.slice(-8) }) }))];
    return (
        <>
            <Heading>{t("office.cases")}</Heading>
            {problem && <p class="govuk-body">{problem}</p>}
            {data && holdings.data && rows.length === 0 && <p class="govuk-body">{t("cases.none")}</p>}
            {rows.map((row) => {
                const holding = holdings.data?.cases.filter((one) => one.case === row.id) ?? [];
                const names = holding.filter((one) => one.held).map((one) => one.name);
                return (
                    <section class="hf-version" key={row.id}>
                        <h2 class="govuk-heading-s">
                            {known.has(row.id) ? <Link to={`/case/${row.id}`}>{row.reference}</Link> : row.reference}
                        </h2>
                        {holdings.data && <p class="govuk-body">{names.length ? t("office.held", { names: names.join(", ") }) : t("office.nobody")}</p>}
                        {people.data && <Assign row={row} people={people.data.people} holding={holding} done={holdings.again} />}
                    </section>
                );
            })}
        </>
    );
}

// --- changes that wait for a decision ---

function Decide(props: { row: HeldChange }) {
    const [reason, setReason] = useState("");
    const [problem, setProblem] = useState("");
    const id = `held-${props.row.change}`;
    const decide = (release: boolean) => {
        if (!reason.trim()) return setProblem(t("clash.needReason"));
        post("/api/office/held", { change: props.row.change, release, reason: reason.trim() }).then(
            () => announce(t(release ? "office.released" : "office.refused")),
            (error: ApiError) => setProblem(error.message || t("gone.text")),
        );
    };
    return (
        <form onSubmit={(event) => event.preventDefault()}>
            <ErrorSummary problems={problem ? [{ field: id, text: problem }] : []} />
            <Line id={id} label={t("clash.reason")} value={reason} onChange={setReason} />
            {props.row.releasable && (
                <button class="govuk-button" type="button" onClick={() => decide(true)}>
                    {t("office.release")}
                </button>
            )}{" "}
            <button class="govuk-button govuk-button--secondary" type="button" onClick={() => decide(false)}>
                {t("office.refuse")}
            </button>
        </form>
    );
}

export function OfficeHeld() {
    const { data, error } = useData<{ held: HeldChange[] }>("/api/office/held");
    const cases = useCaseNames();
    useTitle(t("office.heldTitle"));
    return (
        <>
            <Heading>{t("office.heldTitle")}</Heading>
            <p class="govuk-body">{t("office.heldText")}</p>
            {error && <p class="govuk-body" lang={answerLang(error.message)}>{error.message}</p>}
            {data?.held.length === 0 && <p class="govuk-body">{t("office.heldNone")}</p>}
            {data?.held.map((row) => (
                <section class="hf-version" key={row.change}>
                    <h2 class="govuk-heading-s">{t("office.heldBy", { author: row.author || t("office.unknown"), time: timeText(row.time) })}</h2>
                    {row.record && (
                        <p class="govuk-body">
                            {cases.get(row.case) && <>{cases.get(row.case)}: </>}
                            <Link to={`/record/${row.record}`}>{row.type || t("clash.record")}</Link>
                        </p>
                    )}
                    <p class="govuk-body">{row.why}</p>
                    <Decide row={row} />
                </section>
            ))}
        </>
    );
}
