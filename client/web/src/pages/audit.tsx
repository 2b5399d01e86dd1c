// The auditor's own pages: export the log, and read it: verified, in human words, as known then, what to ask about.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { ApiError, get, post } from "../api";
import { download } from "../download";
import { Line } from "../inputs";
import { Heading, spanText, useTitle } from "../layout";
import { loggedLine, namesIn } from "../logged";
import { namedProcedures } from "../procedures";
import { announce } from "../store";
import { codeText, dateText, humanText, Key, plainText, plural, t } from "../strings";
import { ErrorSummary } from "./enter";
import { Known, Row } from "./known";

interface Report {
    running: boolean;
    done?: number; // of a report that is being made: entries checked
    total?: number; // 0: not known yet
    exit?: number;
    result?: Row[] | Row | null;
    text?: string;
}

const reports = ["verify", "show", "replay", "evidence", "gaps", "compare", "who_changed", "who_read", "access_known", "access_unallocated", "access_others", "access_all", "access_leavers", "access_unused"] as const;
type Name = (typeof reports)[number];
interface Filter {
    name: string;
    text: Key;
}
const person: Filter = { name: "person", text: "audit.person" };
const oneCase: Filter = { name: "case", text: "audit.case" };
const filters: Record<Name, Filter[]> = {
    verify: [],
    show: [person, oneCase, { name: "from", text: "audit.from" }, { name: "to", text: "audit.to" }],
    replay: [{ name: "as_of", text: "audit.asOf" }, oneCase],
    evidence: [{ name: "as_of", text: "audit.asOf" }, { name: "seed", text: "audit.seed" }, { name: "sample", text: "audit.sample" }],
    gaps: [{ name: "late", text: "audit.late" }],
    compare: [{ name: "earlier", text: "audit.earlier" }],
    who_changed: [{ name: "case", text: "audit.caseNumber" }],
    who_read: [oneCase, person],
    access_known: [{ name: "staff", text: "audit.staff" }],
    access_unallocated: [person],
    access_others: [person],
    access_all: [person],
    access_leavers: [],
    access_unused: [{ name: "days", text: "audit.days" }],
};
const shownMax = 2000; // rows of a table; more would make the page slow to use

function Export(props: { folder: string; onDone: (folder: string) => void }) {
    const [folder, setFolder] = useState(props.folder);
    const [contents, setContents] = useState(false);
    const [busy, setBusy] = useState(false);
    const [problem, setProblem] = useState("");
    const run = (event: Event) => {
        event.preventDefault();
        if (busy) return;
        setBusy(true);
        post("/api/audit/export", { folder: folder.trim(), contents }).then(
            () => (setBusy(false), setProblem(""), announce(t("audit.exported")), props.onDone(folder.trim())),
            (error: ApiError) => (setBusy(false), setProblem(error.message || t("gone.text"))),
        );
    };
    return (
        <details class="govuk-details">
            <summary class="govuk-details__summary">
                <span class="govuk-details__summary-text">{t("audit.export")}</span>
            </summary>
            <form class="govuk-details__text" onSubmit={run}>
                <ErrorSummary problems={problem ? [{ field: "audit-out", text: problem }] : []} />
                <Line id="audit-out" label={t("audit.out")} hint={t("audit.outHint")} value={folder} onChange={setFolder} />
                <div class="govuk-checkboxes govuk-form-group" data-module="govuk-checkboxes">
                    <div class="govuk-checkboxes__item">
                        <input class="govuk-checkboxes__input" id="audit-contents" type="checkbox" checked={contents} onChange={(event) => setContents((event.target as HTMLInputElement).checked)} />
                        <label class="govuk-label govuk-checkboxes__label" for="audit-contents">
                            {t("audit.contents")}
                        </label>
                    </div>
                </div>
                <button class="govuk-button" type="submit" disabled={busy}>
                    {t(busy ? "audit.exporting" : "audit.exportNow")}
                </button>
            </form>
        </details>
    );
}

function Progress(props: { report: Report | null }) {
    const done = props.report?.done ?? 0;
    const total = props.report?.total ?? 0;
    const percent = total > 0 ? Math.floor((done / total) * 100) : null;
    const words = percent === null ? t("audit.running") : t("audit.progress", { percent, done, total });
    return (
        <div>
            <label class="govuk-label" for="audit-progress">
                {words}
            </label>
            <progress id="audit-progress" class="hf-progress" max={100} value={percent ?? undefined} />
        </div>
    );
}

/** A value of a report as people say it; the file that can be saved has it as it stands in the log. */
function said(value: Row[string] | undefined): string {
    if (typeof value === "boolean") return t(value ? "yes" : "no");
    const text = String(value ?? "");
    return /^\d{4}-\d\d-\d\d$/.test(text) ? dateText(text) : humanText(namedProcedures(plainText(text)));
}

function Table(props: { rows: Row[] }) {
    const filled = (name: string) => props.rows.some((row) => row[name] !== "" && row[name] !== null && row[name] !== undefined);
    // A name says more than a number; whoever needs both has the command's --json.
    const hidden = new Set([...(filled("name") ? ["person"] : []), ...(filled("reference") ? ["case"] : []), ...(filled("result") ? ["id"] : [])]);
    const names = Object.keys(props.rows[0] ?? {}).filter((name) => filled(name) && !hidden.has(name));
    // A pack's own texts stand as they are: what was given as a seed, what somebody gave as a reason.
    const read = (text: string) => (filled("part") ? humanText(text) : loggedLine(text, meant));
    const meant = useMemo(() => namesIn(props.rows.map((row) => String(row.text ?? ""))), [props.rows]);
    const cell = (key: string, value: Row[string] | undefined) => {
        if (key === "clock_offset_ms") return typeof value === "number" && value ? t(value > 0 ? "audit.clockSlow" : "audit.clockFast", { age: spanText(Math.abs(value)) }) : "";
        if ((key === "part" || key === "result" || key === "type" || key === "gap" || key === "kind") && typeof value === "string" && /^[a-z_]+$/.test(value)) return codeText(value);
        if (key === "device" && typeof value === "string") return value.slice(0, 8);
        return key === "text" && typeof value === "string" ? read(namedProcedures(plainText(value))) : said(value);
    };
    const name = (key: string) => t(`audit.column.${key}` as Key);
    return (
        <>
            <p class="govuk-body">{props.rows.length > shownMax ? t("audit.firstRows", { shown: shownMax, all: props.rows.length }) : plural("audit.rows", props.rows.length)}</p>
            <div class="hf-wide" role="region" aria-label={t("audit.result")} tabIndex={0}>
                <table class="govuk-table">
                    <caption class="govuk-table__caption govuk-visually-hidden">{t("audit.result")}</caption>
                    <thead class="govuk-table__head">
                        <tr class="govuk-table__row">
                            {names.map((key) => (
                                <th scope="col" class="govuk-table__header" key={key}>
                                    {name(key)}
                                </th>
                            ))}
                        </tr>
                    </thead>
                    <tbody class="govuk-table__body">
                        {props.rows.slice(0, shownMax).map((row, i) => (
                            <tr class="govuk-table__row" key={i}>
                                {names.map((key) => (
                                    <td class="govuk-table__cell" key={key}>
                                        {cell(key, row[key])}
                                    </td>
                                ))}
                            </tr>
                        ))}
                    </tbody>
                </table>
            </div>
        </>
    );
}

function Result(props: { report: Report; name: Name }) {
    const { report } = props;
    const heading = useRef<HTMLHeadingElement>(null);
    useEffect(() => heading.current?.focus(), [report]);
    const rows = Array.isArray(report.result) ? report.result : null;
    const whole = !rows && report.result ? (report.result as Row) : null;
    const good = report.exit === 0;
    return (
        <section>
            <h2 class="govuk-heading-m" tabIndex={-1} ref={heading}>
                <span class="govuk-caption-m">{t(`audit.report.${props.name}` as Key)}</span>
                {t(good ? "audit.good" : report.exit === 1 ? "audit.bad" : "audit.unusable")}
            </h2>
            {report.text && <p class="govuk-body hf-text" dir="auto">{humanText(plainText(report.text))}</p>}
            {whole && (
                <dl class="govuk-summary-list">
                    {Object.entries(whole)
                        .filter(([, value]) => typeof value !== "object" && value !== "")
                        .map(([key, value]) => (
                            <div class="govuk-summary-list__row" key={key}>
                                <dt class="govuk-summary-list__key">{t(`audit.column.${key}` as Key)}</dt>
                                <dd class="govuk-summary-list__value">{said(value)}</dd>
                            </div>
                        ))}
                </dl>
            )}
            {rows && (rows.length > 0 ? props.name === "replay" ? <Known rows={rows} /> : <Table rows={rows} /> : <p class="govuk-body">{t("audit.noRows")}</p>)}
            {rows && rows.length > 0 && (
                <>
                    <p class="govuk-body hf-screen">{t("audit.fileText")}</p>
                    <button type="button" class="govuk-button govuk-button--secondary" onClick={() => download("report.json", "application/json", JSON.stringify(rows, null, 2))}>
                        {t("audit.file")}
                    </button>{" "}
                    <button type="button" class="govuk-button govuk-button--secondary" onClick={() => print()}>
                        {t("print")}
                    </button>
                </>
            )}
        </section>
    );
}

export function Audit() {
    const [name, setName] = useState<Name>("verify");
    const [folder, setFolder] = useState("");
    const [key, setKey] = useState("");
    const [values, setValues] = useState<Record<string, string>>({});
    const [busy, setBusy] = useState(false);
    const [problem, setProblem] = useState("");
    const [report, setReport] = useState<Report | null>(null);
    const [made, setMade] = useState<Name>("verify"); // what the report on the page is
    const [progress, setProgress] = useState<Report | null>(null);
    useTitle(t("audit.title"));
    const fail = (error: ApiError) => (setBusy(false), setProblem(error.message || t("gone.text")));
    const wait = (): void =>
        void get<Report>("/api/audit/report").then((found) => {
            if (found.running) (setProgress(found), setTimeout(wait, 300));
            else (setBusy(false), setProgress(null), setReport(found));
        }, fail);
    const run = (event: Event) => {
        event.preventDefault();
        if (busy) return;
        const wanted: Record<string, string> = {};
        for (const filter of filters[name]) if (values[filter.name]?.trim()) wanted[filter.name] = values[filter.name]!.trim();
        setBusy(true);
        setProblem("");
        setReport(null);
        setProgress(null);
        setMade(name);
        post("/api/audit/report", { report: name, folder: folder.trim(), key: key.trim(), ...wanted }).then(wait, fail);
    };
    return (
        <>
            <Heading>{t("audit.title")}</Heading>
            <p class="govuk-body">{t("audit.text")}</p>
            <div class="hf-screen">
                <Export folder={folder} onDone={setFolder} />
            </div>
            <form class="hf-screen" onSubmit={run}>
                <ErrorSummary problems={problem ? [{ field: "audit-folder", text: problem }] : []} />
                <Line id="audit-folder" label={t("audit.folder")} value={folder} onChange={setFolder} />
                <Line id="audit-key" label={t("audit.key")} hint={t("audit.keyHint")} value={key} onChange={setKey} />
                <div class="govuk-form-group">
                    <label class="govuk-label" for="audit-report">
                        {t("audit.report")}
                    </label>
                    <select class="govuk-select" id="audit-report" value={name} onChange={(event) => setName((event.target as HTMLSelectElement).value as Name)}>
                        {reports.map((one) => (
                            <option value={one} key={one}>
                                {t(`audit.report.${one}` as Key)}
                            </option>
                        ))}
                    </select>
                </div>
                {filters[name].map((filter) => (
                    <Line key={filter.name} id={`audit-${filter.name}`} label={t(filter.text)} value={values[filter.name] ?? ""} onChange={(value) => setValues({ ...values, [filter.name]: value })} />
                ))}
                <button class="govuk-button" type="submit" disabled={busy}>
                    {t(busy ? "audit.running" : "audit.run")}
                </button>
            </form>
            {busy && <Progress report={progress} />}
            {report && <Result report={report} name={made} />}
        </>
    );
}
