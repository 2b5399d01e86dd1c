// What is sent and received, and what needs a person.
import { Change, post, RecordRow, Sync } from "../api";
import { ageText, Heading, SentTag, useTitle } from "../layout";
import { Link } from "../router";
import { setState, useData, useStore } from "../store";
import { labelText, plural, t, timeText, titleText } from "../strings";
import { recordPath } from "./case";
import { ThisDevice } from "./device";

interface Held extends Change {
    record: RecordRow;
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
                        {name === "saved_here" && n > 0 ? `, ${t("sync.oldest", { age: ageText(sync.oldest_unsent) })}` : ""}
                    </dd>
                </div>
            ))}
        </dl>
    );
}

function Attention() {
    const { data } = useData<{ held: Held[] }>("/api/attention");
    const { data: clashing } = useData<{ records: RecordRow[] }>("/api/records?conflicts=1");
    const held = data?.held ?? [];
    const clashes = clashing?.records ?? [];
    return (
        <>
            <h2 class="govuk-heading-m">{t("attention.title")}</h2>
            {held.length + clashes.length === 0 && <p class="govuk-body">{t("attention.none")}</p>}
            <ul class="hf-rows">
                {clashes.map((row) => (
                    <li key={row.id}>
                        <Link to={`/clashes/${row.id}`}>{t("attention.clash", { label: labelText(row.type, row.label), title: titleText(row.title) })}</Link>
                    </li>
                ))}
                {held.map((change) => (
                    <li key={change.id}>
                        <Link to={recordPath(change.record)}>{t("record.named", { label: change.record.label, title: timeText(change.time) })}</Link>
                        <span class="hf-rows__more">{change.held || t("attention.waiting")}</span>
                    </li>
                ))}
            </ul>
        </>
    );
}

export function SyncPage() {
    const { sync } = useStore();
    useTitle(t("sync.title"));
    const now = () => void post<{ sync: Sync | null }>("/api/sync", {}).then((answer) => setState({ sync: answer.sync }), () => undefined);
    return (
        <>
            <Heading>{t("sync.title")}</Heading>
            {sync && (
                <>
                    <p class="govuk-body">{progress(sync)}</p>
                    <button type="button" class="govuk-button" onClick={now} disabled={sync.phase === "connecting" || sync.phase === "running"}>
                        {t("sync.now")}
                    </button>
                    <Counts sync={sync} />
                </>
            )}
            <Attention />
            <ThisDevice />
        </>
    );
}
