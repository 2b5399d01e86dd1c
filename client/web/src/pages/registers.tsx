// The office's registers: panels and approvals; who was sent what, when; what is filed where, and the council's own form.
import { useState } from "preact/hooks";
import { ApiError, post } from "../api";
import { Line, Select } from "../inputs";
import { Heading, useTitle } from "../layout";
import { Link } from "../router";
import { announce, useData, useStore } from "../store";
import { answerLang, codeText, dateText, Key, t, timeText } from "../strings";
import { PageProps } from "../pages";
import { download } from "../download";
import { recordPath } from "./case";
import { Full, List, one, Timed, TimedList } from "./dashboard";
import { ErrorSummary } from "./enter";

type Names = Record<string, string>;

const tabs: [string, Key][] = [
    ["panels", "register.panels"],
    ["circulation", "register.circulation"],
    ["filing", "register.filing"],
];

export function meetingName(row: Full, names: Names): string {
    return t("board.meetingOf", { kind: [names[row.case], codeText(one(row, "type"))].filter(Boolean).join(", "), time: timeText(one(row, "start")) });
}

function Rows(props: { title: string; none: string; rows: Full[]; children: (row: Full) => preact.ComponentChildren }) {
    return (
        <section>
            <h2 class="govuk-heading-m">{props.title}</h2>
            {props.rows.length === 0 && <p class="govuk-body">{props.none}</p>}
            {props.rows.length > 0 && (
                <ul class="hf-rows">
                    {props.rows.map((row) => (
                        <li key={row.id}>{props.children(row)}</li>
                    ))}
                </ul>
            )}
        </section>
    );
}

// --- panels and approvals ---

interface PanelsAnswer {
    panel_approval: Full[];
    out_of_meeting_approval: Full[];
    panel_consideration: Full[];
    not_asked: Full[];
    names: Names;
}

function Panels() {
    const { data, error } = useData<PanelsAnswer>("/api/registers/panels");
    if (error) return <p class="govuk-body" lang={answerLang(error.message)}>{error.message}</p>;
    if (!data) return null;
    const caseOf = (row: Full) => data.names[row.case] ?? "";
    return (
        <>
            <Rows title={t("panel.notAsked")} none={t("board.none")} rows={data.not_asked}>
                {(row) => (
                    <>
                        <Link to={recordPath(row)}>{one(row, "text") || row.label}</Link>
                        <span class="hf-rows__more">
                            <span>{caseOf(row)}</span>
                            <Link to={`/case/${row.case}/new/panel_approval/${row.case}`}>{t("panel.ask")}</Link>
                        </span>
                    </>
                )}
            </Rows>
            <Rows title={t("panel.approvals")} none={t("board.none")} rows={data.panel_approval}>
                {(row) => (
                    <>
                        <Link to={recordPath(row)}>{t("panel.one", { panel: codeText(one(row, "panel")), case: caseOf(row) })}</Link>
                        <span class="hf-rows__more">
                            <span>{timeText(one(row, "requested_at"))}</span>
                            <strong class={`govuk-tag ${one(row, "decision") === "requested" || !one(row, "decision") ? "govuk-tag--yellow" : "govuk-tag--grey"}`}>{codeText(one(row, "decision") || "requested")}</strong>
                            <span>{timeText(one(row, "decided_at"))}</span>
                        </span>
                    </>
                )}
            </Rows>
            <Rows title={t("panel.outside")} none={t("board.none")} rows={data.out_of_meeting_approval}>
                {(row) => (
                    <>
                        <Link to={recordPath(row)}>{one(row, "what") || row.label}</Link>
                        <span class="hf-rows__more">
                            <span>{caseOf(row)}</span>
                            <span>{codeText(one(row, "route"))}</span>
                            <span>{timeText(one(row, "at"))}</span>
                        </span>
                    </>
                )}
            </Rows>
            <Rows title={t("panel.considered")} none={t("board.none")} rows={data.panel_consideration}>
                {(row) => (
                    <>
                        <Link to={recordPath(row)}>{one(row, "panel") || row.label}</Link>
                        <span class="hf-rows__more">
                            <span>{caseOf(row)}</span>
                            <span>{one(row, "slot") ? t("panel.slot", { day: dateText(one(row, "slot")) }) : t("panel.noSlot")}</span>
                        </span>
                    </>
                )}
            </Rows>
        </>
    );
}

// --- circulation ---

interface CirculationAnswer {
    due: Timed[];
    circulation: Full[];
    meeting: Full[];
    names: Names;
}

function Circulation() {
    const { data, error } = useData<CirculationAnswer>("/api/registers/circulation");
    if (error) return <p class="govuk-body" lang={answerLang(error.message)}>{error.message}</p>;
    if (!data) return null;
    const list: List<Timed> = { count: data.due.length, rows: data.due, more: false };
    const meetings = new Map(data.meeting.map((row) => [row.id, row]));
    const sent = [...data.circulation].sort((a, b) => one(b, "sent_at").localeCompare(one(a, "sent_at")));
    const waiting = data.meeting.filter((row) => data.due.some((duty) => duty.record === row.id));
    return (
        <>
            <section>
                <h2 class="govuk-heading-m">{t("circulation.due")}</h2>
                {list.count === 0 ? <p class="govuk-body">{t("board.none")}</p> : <TimedList list={list} />}
                <ul class="hf-add">
                    {waiting.map((row) => (
                        <li key={row.id}>
                            <Link to={`/meeting/${row.id}/circulate`}>{t("circulation.record", { meeting: meetingName(row, data.names) })}</Link>
                        </li>
                    ))}
                </ul>
            </section>
            <Rows title={t("circulation.sent")} none={t("board.none")} rows={sent}>
                {(row) => {
                    const meeting = meetings.get(row.parent ?? "");
                    return (
                        <>
                            <Link to={recordPath(row)}>{one(row, "name") || data.names[one(row, "recipient")] || t("office.unknown")}</Link>
                            <span class="hf-rows__more">
                                {meeting && <Link to={`/meeting/${meeting.id}`}>{meetingName(meeting, data.names)}</Link>}
                                <span>{[codeText(one(row, "channel")), one(row, "address")].filter(Boolean).join(", ")}</span>
                                <span>{timeText(one(row, "sent_at"))}</span>
                                <strong class={`govuk-tag ${one(row, "status") === "bounced" ? "govuk-tag--orange" : "govuk-tag--grey"}`}>{codeText(one(row, "status"))}</strong>
                            </span>
                        </>
                    );
                }}
            </Rows>
        </>
    );
}

// --- filing ---

interface Queued {
    meeting: Full;
    child_record: Full | null;
    carer_record: Full | null;
}
const places = ["child_record", "carer_record"] as const;

function FileOne(props: { meeting: string; where: (typeof places)[number]; filing: Full | null; mayWrite: boolean }) {
    const [reference, setReference] = useState("");
    const [result, setResult] = useState("filed");
    const [problem, setProblem] = useState("");
    const id = `file-${props.where}-${props.meeting}`;
    const done = props.filing && one(props.filing, "status") === "filed";
    const text = props.filing ? [codeText(one(props.filing, "status")), timeText(one(props.filing, "at")), one(props.filing, "reference"), one(props.filing, "problem")].filter(Boolean).join(", ") : t("filing.not");
    const file = (event: Event) => {
        event.preventDefault();
        const body = result === "filed" ? { where: props.where, status: result, reference: reference.trim() } : { where: props.where, status: result, problem: reference.trim() };
        post(`/api/meetings/${props.meeting}/file`, body).then(
            () => (announce(t("act.done")), setReference(""), setProblem("")),
            (error: ApiError) => setProblem(error.message || t("gone.text")),
        );
    };
    return (
        <div class="hf-version">
            <h3 class="govuk-heading-s">{codeText(props.where)}</h3>
            <p class="govuk-body">{text}</p>
            {!done && props.mayWrite && (
                <form onSubmit={file}>
                    <ErrorSummary problems={problem ? [{ field: id, text: problem }] : []} />
                    <Select
                        id={`${id}-result`}
                        label={t("filing.result")}
                        value={result}
                        options={[
                            ["filed", codeText("filed")],
                            ["failed", codeText("failed")],
                        ]}
                        onChange={setResult}
                    />
                    <Line id={id} label={t(result === "filed" ? "filing.reference" : "filing.problem")} value={reference} onChange={setReference} />
                    <button class="govuk-button govuk-button--secondary" type="submit">
                        {t("filing.do")}
                    </button>
                </form>
            )}
        </div>
    );
}

/** The mapping is a file of the council; it is read here and kept nowhere. */
function Export(props: { meeting: string; name: string }) {
    const [problem, setProblem] = useState("");
    const id = `mapping-${props.meeting}`;
    const choose = async (event: Event) => {
        const chosen = (event.target as HTMLInputElement).files?.[0];
        setProblem("");
        if (!chosen) return;
        let mapping: unknown;
        try {
            mapping = JSON.parse(await chosen.text());
        } catch {
            return setProblem(t("filing.noMapping"));
        }
        post<{ template: string; csv: string }>(`/api/meetings/${props.meeting}/export`, { mapping }).then(
            (made) => download("meeting.csv", "text/csv", made.csv),
            (error: ApiError) => setProblem(error.message || t("gone.text")),
        );
    };
    return (
        <div class="govuk-form-group">
            <ErrorSummary problems={problem ? [{ field: id, text: problem }] : []} />
            <label class="govuk-label" for={id}>
                {t("filing.export")}
                <span class="govuk-visually-hidden">{`: ${props.name}`}</span>
            </label>
            <div class="govuk-hint" id={`${id}-hint`}>
                {t("filing.exportHint")}
            </div>
            <input class="govuk-file-upload" type="file" accept=".json,application/json" id={id} aria-describedby={`${id}-hint`} onChange={(event) => void choose(event)} />
        </div>
    );
}

function Filing() {
    const { data, error } = useData<{ queue: Queued[]; names: Names }>("/api/registers/filing");
    const { session } = useStore();
    if (error) return <p class="govuk-body" lang={answerLang(error.message)}>{error.message}</p>;
    if (!data) return null;
    const filed = (row: Queued) => places.every((where) => row[where] && one(row[where] as Full, "status") === "filed");
    const open = data.queue.filter((row) => !filed(row));
    return (
        <>
            <section>
                <h2 class="govuk-heading-m">{t("filing.open")}</h2>
                {open.length === 0 && <p class="govuk-body">{t("board.none")}</p>}
                {open.map((row) => (
                    <section key={row.meeting.id}>
                        <h3 class="govuk-heading-s">
                            <Link to={`/meeting/${row.meeting.id}`}>{meetingName(row.meeting, data.names)}</Link>
                        </h3>
                        <div class="hf-versus">
                            {places.map((where) => (
                                <FileOne meeting={row.meeting.id} where={where} key={where} filing={row[where]} mayWrite={session?.identity?.role !== "auditor"} />
                            ))}
                        </div>
                        <Export meeting={row.meeting.id} name={meetingName(row.meeting, data.names)} />
                    </section>
                ))}
            </section>
            <Rows title={t("filing.done")} none={t("board.none")} rows={data.queue.filter(filed).map((row) => row.meeting)}>
                {(row) => <Link to={`/meeting/${row.id}`}>{meetingName(row, data.names)}</Link>}
            </Rows>
        </>
    );
}

export function Registers(props: PageProps) {
    const which = tabs.find(([name]) => name === props.params.which) ?? (["panels", "register.panels"] as [string, Key]);
    useTitle(t(which[1]));
    return (
        <>
            <Heading>{t(which[1])}</Heading>
            <nav class="hf-tabs" aria-label={t("register.tabs")}>
                {tabs.map(([name, text]) => (
                    <Link to={`/office/registers/${name}`} key={name} current={name === which[0]}>
                        {t(text)}
                    </Link>
                ))}
            </nav>
            {which[0] === "panels" && <Panels />}
            {which[0] === "circulation" && <Circulation />}
            {which[0] === "filing" && <Filing />}
        </>
    );
}
