// What is sent and received, and what needs a person.
import { useState } from "preact/hooks";
import { ApiError, Change, FieldInfo, post, RecordRow, Sync } from "../api";
import { valueText } from "../fields";
import { ageText, Heading, oldestText, SentTag, useTitle } from "../layout";
import { useCaseNames } from "../named";
import { Link } from "../router";
import { announce, setState, useData, useStore } from "../store";
import { labelText, plural, t, timeText, titleText } from "../strings";
import { RecordList, recordPath } from "./case";
import { ThisDevice } from "./device";
import { ErrorSummary } from "./enter";
import { mayLook, Opening } from "./urgent";

export interface Held extends Change {
    record: RecordRow | null; // null: it was held so early that there is no record of it
    case?: string; // then
    label?: string;
}

function progress(sync: Sync): string {
    if (sync.phase === "connecting") return t("sync.connecting");
    if (sync.phase === "running") return t("sync.running");
    if (sync.phase === "failed") return sync.text;
    return sync.last_sync ? t("sync.last", { time: timeText(sync.last_sync) }) : t("sync.never");
}

function Counts(props: { sync: Sync }) {
    const { sync } = props;
    const rows: ["saved_here" | "sent" | "received", number][] = [
        ["saved_here", sync.saved_here],
        ["sent", sync.sent],
        ["received", sync.received],
    ];
    return (
        <dl class="govuk-summary-list">
            {rows.map(([name, n]) => (
                <div class="govuk-summary-list__row" key={name}>
                    <dt class="govuk-summary-list__key">
                        <SentTag sent={name} />
                    </dt>
                    <dd class="govuk-summary-list__value">
                        {plural("sync.changes", n)}
                        {name === "saved_here" && n > 0 ? `, ${oldestText(n, sync.oldest_unsent)}` : ""}
                    </dd>
                </div>
            ))}
        </dl>
    );
}

interface Decided {
    change: string;
    record: string;
    type: string;
    type_label: string;
    field: string;
    label: string;
    author: string;
    time: string | null;
    reason: string;
    chosen: boolean;
    own: string;
    taken: string;
}
interface Notice {
    kind: "revoked" | "damage" | "distrust" | "unsent" | "overdue" | "attachment_lost" | "lease" | "clock";
    text: string;
    count: number;
    since: string | null;
    record: string | null;
}

/** How somebody else decided between one's own value and another: told until it was seen. */
function DecidedItem(props: { decided: Decided; onProblem: (text: string) => void }) {
    const { decided } = props;
    const { data: infos } = useData<{ fields: FieldInfo[] }>(`/api/types/${decided.type}`);
    const info = infos?.fields.find((field) => field.name === decided.field);
    const read = (value: string) => (value ? valueText(info, value, []) : t("record.cleared"));
    const name = t("record.named", { label: labelText(decided.type, decided.type_label), title: labelText(`${decided.type}.${decided.field}`, decided.label) });
    const seen = () => void post("/api/attention/seen", { change: decided.change }).then(() => announce(t("decided.noted")), (error: ApiError) => props.onProblem(error.message || t("gone.text")));
    return (
        <li class="hf-decided">
            <h3 class="govuk-heading-s govuk-!-margin-bottom-1">{t(decided.chosen ? "decided.chosen" : "decided.notChosen", { name })}</h3>
            <p class="govuk-body">
                {t("decided.by", { author: decided.author, time: timeText(decided.time) })} {decided.reason && t("chronology.reason", { reason: decided.reason })}
            </p>
            <div class="hf-versus">
                <div class="hf-version hf-version--base">
                    <h4 class="govuk-heading-s">{t("decided.own")}</h4>
                    <div class="hf-text" dir="auto">{read(decided.own)}</div>
                </div>
                <div class="hf-version">
                    <h4 class="govuk-heading-s">{t("decided.taken")}</h4>
                    <div class="hf-text" dir="auto">{read(decided.taken)}</div>
                </div>
            </div>
            <div class="govuk-button-group">
                <button type="button" class="govuk-button govuk-button--secondary" onClick={seen}>
                    {t("decided.seen")}
                    <span class="govuk-visually-hidden">: {name}</span>
                </button>
                <Link to={`/record/${decided.record}`}>{t("clash.record")}</Link>
            </div>
        </li>
    );
}

function noticeText(notice: Notice): string {
    if (notice.kind === "revoked") return t("notice.revoked");
    if (notice.kind === "overdue") return t("notice.overdue", { age: ageText(notice.since) });
    return notice.text; // what was found wrong is told by the store itself
}

function Attention() {
    const { data } = useData<{ held: Held[]; decided: Decided[]; notices: Notice[] }>("/api/attention");
    const { data: clashing } = useData<{ records: RecordRow[] }>("/api/records?conflicts=1");
    const { data: openings } = useData<{ openings: Opening[] }>("/api/urgent");
    const { session } = useStore();
    const cases = useCaseNames();
    const [problem, setProblem] = useState("");
    if (!data) return null;
    const { held, decided } = data;
    const notices = data.notices.filter((notice) => ["revoked", "damage", "distrust", "overdue", "attachment_lost"].includes(notice.kind));
    const clashes = clashing?.records ?? [];
    const toLook = openings?.openings.filter((opening) => mayLook(session?.identity?.role) && !opening.looked_at && !opening.own) ?? [];
    const none = held.length + clashes.length + decided.length + notices.length + toLook.length === 0;
    return (
        <section id="attention" tabIndex={-1}>
            <h2 class="govuk-heading-m">{t("attention.title")}</h2>
            <ErrorSummary problems={problem ? [{ field: "attention", text: problem }] : []} />
            {none && <p class="govuk-body">{t("attention.none")}</p>}
            {notices.map((notice) => (
                <div class="hf-notice" key={notice.kind + (notice.record ?? "")}>
                    {noticeText(notice)} {notice.record && <Link to={`/record/${notice.record}`}>{t("clash.record")}</Link>}
                </div>
            ))}
            {!none && (
                <ul class="hf-rows">
                    {clashes.map((row) => (
                        <li key={row.id}>
                            <Link to={`/clashes/${row.id}`}>{t("attention.clash", { label: labelText(row.type, row.label), title: titleText(row.title) })}</Link>
                            <span class="hf-rows__more">{cases.get(row.case)}</span>
                        </li>
                    ))}
                    {held.map((change) => (
                        <li key={change.id}>
                            <Link to={change.record ? recordPath(change.record) : `/case/${change.case ?? ""}`}>
                                {t("record.named", { label: change.record ? labelText(change.record.type, change.record.label) : change.label || t("record.new"), title: timeText(change.time) })}
                            </Link>
                            <span class="hf-rows__more">{change.held || t("attention.waiting")}</span>
                        </li>
                    ))}
                    {toLook.map((opening) => (
                        <li key={opening.record}>
                            <Link to="/urgent">{t("attention.urgent", { person: opening.person, reference: opening.reference })}</Link>
                        </li>
                    ))}
                    {decided.map((one) => (
                        <DecidedItem decided={one} onProblem={setProblem} key={one.change + one.field} />
                    ))}
                </ul>
            )}
        </section>
    );
}

/** What the office has not confirmed: the device may be lost before it has. */
function NotReceived() {
    const { sync } = useStore();
    const some = sync !== null && sync.saved_here + sync.sent > 0;
    const { data } = useData<{ records: RecordRow[] }>(some ? "/api/records" : null);
    const rows = data?.records.filter((row) => row.sent !== "received") ?? [];
    if (!some || rows.length === 0) return null;
    return (
        <section>
            <h2 class="govuk-heading-m">{t("lacking.title")}</h2>
            <p class="govuk-body">{t("lacking.text")}</p>
            <RecordList rows={rows} withLabel={true} />
        </section>
    );
}

/** All that a revoked device shows: what becomes of its work. Its records stay closed. */
export function RevokedPage() {
    const { sync } = useStore();
    useTitle(t("revoked.title"));
    const waits = sync ? sync.saved_here + sync.sent : 0;
    return (
        <>
            <Heading>{t("revoked.title")}</Heading>
            <p class="govuk-body">{t("notice.revoked")}</p>
            <p class="govuk-body">{waits ? plural("revoked.waits", waits) : t("revoked.handedIn")}</p>
            <TryNow />
            {sync && <Counts sync={sync} />}
        </>
    );
}

function TryNow() {
    const { sync } = useStore();
    const now = () => void post<{ sync: Sync | null }>("/api/sync", {}).then((answer) => setState({ sync: answer.sync }), () => undefined);
    return (
        sync && (
            <>
                <p class="govuk-body">{progress(sync)}</p>
                {sync.unverified > 0 && <p class="govuk-body">{plural("sync.unverified", sync.unverified)}</p>}
                <button type="button" class="govuk-button" onClick={now} disabled={sync.phase === "connecting" || sync.phase === "running"}>
                    {t("sync.now")}
                </button>
            </>
        )
    );
}

export function SyncPage() {
    const { sync } = useStore();
    useTitle(t("sync.title"));
    return (
        <>
            <Heading>{t("sync.title")}</Heading>
            <TryNow />
            {sync && <Counts sync={sync} />}
            <Attention />
            <NotReceived />
            <ThisDevice />
        </>
    );
}
