// The office over its procedures: what was released, two versions beside each other, releasing a new one, who has read it.
import { useState } from "preact/hooks";
import { ApiError, post } from "../api";
import { Select } from "../inputs";
import { Back, Heading, useTitle } from "../layout";
import { calendarName, procedureName } from "../procedures";
import { Link } from "../router";
import { announce, useData, useStore } from "../store";
import { answerLang, codeText, dateText, daysText, Key, plural, t, timeText } from "../strings";
import { PageProps } from "../pages";
import { ErrorSummary } from "./enter";
import { releasedText } from "./procedures";

interface Release {
    what: "pack" | "calendar";
    name: string;
    version: string;
    effective_from: string;
    supersedes: string;
    sha256: string;
    in_force: boolean;
    released: string | null;
    released_by: string;
    reread_required: boolean;
}
interface Diff {
    changes: { path: string; what: "new" | "gone" | "changed"; before: unknown; after: unknown }[];
    titles: Record<string, string>;
    from: string;
    to: string;
}
interface Checked {
    what: "pack" | "calendar";
    name: string;
    version: string;
    effective_from: string;
    is_first: boolean;
    diff: Diff;
}

const READ_BYTES_MAX = 900000; // of a file: the app takes a megabyte, and quoting it costs

export function PolicyTabs() {
    const tabs: [string, Key][] = [
        ["/office/procedures", "policy.title"],
        ["/office/readings", "reading.title"],
        ["/office/calendars", "calendar.title"],
    ];
    const here = location.hash.slice(1);
    return (
        <nav class="hf-tabs" aria-label={t("release.tabs")}>
            {tabs.map(([to, name]) => (
                <Link to={to} key={to} current={here === to}>
                    {t(name)}
                </Link>
            ))}
        </nav>
    );
}

// --- a difference, in words ---

/** A value as a person would say it; a condition is shown as it stands in the file. */
function said(value: unknown): string {
    if (value === null || value === undefined) return t("diff.silent");
    if (typeof value === "boolean") return t(value ? "yes" : "no");
    if (typeof value === "number") return String(value);
    if (typeof value === "string") return /^[a-z][a-z0-9_]*$/.test(value) ? codeText(value) : daysText(value);
    if (Array.isArray(value) && value.every((one) => typeof one === "string" && /^[a-z][a-z0-9_]*$/.test(one))) return value.map(codeText).join(", ");
    return daysText(JSON.stringify(value));
}

function partText(part: string): string {
    return daysText(codeText(part));
}

/** "FSM-63.deadline": the rule's title, and the part of it; otherwise the parts of the path. */
function placeText(path: string, titles: Record<string, string>): string {
    const [first = "", ...rest] = path.split(".");
    const title = titles[first];
    if (title) return rest.length ? t("diff.ofRule", { id: first, title, part: rest.map(partText).join(", ") }) : t("diff.rule", { id: first, title });
    return [first, ...rest].map(partText).join(": ");
}

export function Differences(props: { diff: Diff }) {
    const { changes, titles } = props.diff;
    if (!changes.length) return <p class="govuk-body">{t("diff.none")}</p>;
    return (
        <>
            <p class="govuk-body">{plural("diff.count", changes.length)}</p>
            <ul class="hf-diff">
                {changes.map((change) => (
                    <li key={change.path}>
                        <h3 class="govuk-heading-s govuk-!-margin-bottom-1">{t(`diff.${change.what}`, { place: placeText(change.path, titles) })}</h3>
                        {change.what === "changed" ? (
                            <dl>
                                <dt>{t("diff.before")}</dt>
                                <dd class="hf-version--base">{said(change.before)}</dd>
                                <dt>{t("diff.after")}</dt>
                                <dd>{said(change.after)}</dd>
                            </dl>
                        ) : (
                            <p class="govuk-body">{said(change.what === "new" ? change.after : change.before)}</p>
                        )}
                    </li>
                ))}
            </ul>
        </>
    );
}

function Compare(props: { name: string; versions: string[] }) {
    const [from, setFrom] = useState(props.versions[0] ?? "");
    const [to, setTo] = useState(props.versions[props.versions.length - 1] ?? "");
    const wanted = from && to && from !== to;
    const { data, error } = useData<Diff>(wanted ? `/api/policies/compare?name=${encodeURIComponent(props.name)}&from=${encodeURIComponent(from)}&to=${encodeURIComponent(to)}` : null);
    const options = props.versions.map((version): [string, string] => [version, version]);
    return (
        <section>
            <h2 class="govuk-heading-m">{t("release.compare")}</h2>
            <Select id="compare-from" label={t("release.from")} value={from} options={options} onChange={setFrom} />
            <Select id="compare-to" label={t("release.to")} value={to} options={options} onChange={setTo} />
            {error && <p class="govuk-body" lang={answerLang(error.message)}>{error.message}</p>}
            {wanted && data && <Differences diff={data} />}
        </section>
    );
}

function Readers(props: { name: string; version: string }) {
    const { data } = useData<{ people: { id: string; name: string; at: string | null }[] }>(`/api/policies/acknowledgements?name=${encodeURIComponent(props.name)}&version=${encodeURIComponent(props.version)}`);
    if (!data) return null;
    const read = data.people.filter((person) => person.at).length;
    return (
        <section>
            <h2 class="govuk-heading-m">{t("release.readers")}</h2>
            <p class="govuk-body">{t("release.readBy", { read, all: data.people.length })}</p>
            <ul class="hf-rows">
                {data.people.map((person) => (
                    <li key={person.id}>
                        <span>{person.name}</span>
                        <span class="hf-rows__more">{person.at ? t("release.readAt", { time: timeText(person.at) }) : t("release.notRead")}</span>
                    </li>
                ))}
            </ul>
        </section>
    );
}

export function OfficeProcedure(props: PageProps) {
    const { name = "", version = "" } = props.params;
    const { data, error } = useData<{ released: Release[] }>("/api/policies/released");
    useTitle(t("policy.one"));
    const all = data?.released.filter((row) => row.name === name) ?? [];
    const row = all.find((one) => one.version === version);
    return (
        <>
            <Back to="/office/procedures">{t("policy.title")}</Back>
            <Heading caption={t("policy.one")}>{t("policy.named", { name: procedureName(name), version })}</Heading>
            {error && <p class="govuk-body" lang={answerLang(error.message)}>{error.message}</p>}
            {row && (
                <dl class="govuk-summary-list">
                    <Fact name={t("release.state")}>{t(row.in_force ? "release.inForce" : "release.notInForce")}</Fact>
                    <Fact name={t("release.by")}>{releasedText(row)}</Fact>
                    <Fact name={t("release.effective")}>{row.effective_from ? dateText(row.effective_from) : t("diff.silent")}</Fact>
                    {row.supersedes && <Fact name={t("release.supersedes")}>{row.supersedes}</Fact>}
                    <Fact name={t("release.id")}>
                        <code>{name}</code>
                    </Fact>
                    <Fact name={t("release.fingerprint")}>{row.sha256}</Fact>
                </dl>
            )}
            {row?.in_force && (
                <p class="govuk-body">
                    <Link to={`/procedure/${name}`}>{t("release.rules")}</Link>
                </p>
            )}
            {row && <Readers name={name} version={version} />}
            {all.length > 1 && <Compare name={name} versions={all.map((one) => one.version)} key={all.length} />}
        </>
    );
}

function Fact(props: { name: string; children: preact.ComponentChildren }) {
    return (
        <div class="govuk-summary-list__row">
            <dt class="govuk-summary-list__key">{props.name}</dt>
            <dd class="govuk-summary-list__value">{props.children}</dd>
        </div>
    );
}

// --- releasing ---

/** A file is chosen and looked at; what it would change is shown before anything is signed. */
function NewRelease() {
    const [file, setFile] = useState("");
    const [checked, setChecked] = useState<Checked | null>(null);
    const [problem, setProblem] = useState("");
    const fail = (error: ApiError) => setProblem(error.message || t("gone.text"));
    const choose = async (event: Event) => {
        const chosen = (event.target as HTMLInputElement).files?.[0];
        setChecked(null);
        setProblem("");
        if (!chosen) return;
        if (chosen.size > READ_BYTES_MAX) return setProblem(t("release.tooLarge"));
        const text = await chosen.text();
        setFile(text);
        post<Checked>("/api/policies/check", { file: text }).then(setChecked, fail);
    };
    const release = () => void post("/api/policies/release", { file }).then(() => (announce(t("release.done")), setChecked(null), setProblem("")), fail);
    return (
        <section>
            <h2 class="govuk-heading-m">{t("release.new")}</h2>
            <ErrorSummary problems={problem ? [{ field: "release-file", text: problem }] : []} />
            <div class="govuk-form-group">
                <label class="govuk-label" for="release-file">
                    {t("release.file")}
                </label>
                <div class="govuk-hint" id="release-file-hint">
                    {t("release.fileHint")}
                </div>
                <input class="govuk-file-upload" type="file" accept=".json,application/json" id="release-file" aria-describedby="release-file-hint" onChange={(event) => void choose(event)} />
            </div>
            {checked && (
                <div class="hf-version">
                    <h3 class="govuk-heading-s">{t("policy.named", { name: checked.what === "pack" ? procedureName(checked.name) : calendarName(checked.name), version: checked.version })}</h3>
                    {checked.effective_from && <p class="govuk-body">{t("policy.from", { day: dateText(checked.effective_from) })}</p>}
                    {checked.is_first ? <p class="govuk-body">{t("release.first")}</p> : <Differences diff={checked.diff} />}
                    <button type="button" class="govuk-button" onClick={release}>
                        {t("release.do")}
                    </button>
                </div>
            )}
        </section>
    );
}

export function OfficeProcedures() {
    const { data, error } = useData<{ released: Release[] }>("/api/policies/released");
    const { session } = useStore();
    const role = session?.identity?.role ?? "";
    useTitle(t("policy.title"));
    const packs = data?.released.filter((row) => row.what === "pack") ?? [];
    return (
        <>
            <Heading>{t("policy.title")}</Heading>
            <PolicyTabs />
            {error && <p class="govuk-body" lang={answerLang(error.message)}>{error.message}</p>}
            {data && packs.length === 0 && <p class="govuk-body">{t("release.none")}</p>}
            <ul class="hf-rows">
                {packs.map((row) => (
                    <li key={row.sha256}>
                        <Link to={`/office/procedure/${row.name}/${row.version}`}>{t("policy.named", { name: procedureName(row.name), version: row.version })}</Link>
                        <span class="hf-rows__more">
                            {row.effective_from && <span>{t("policy.from", { day: dateText(row.effective_from) })}</span>}
                            {row.in_force && <strong class="govuk-tag govuk-tag--green">{t("release.inForce")}</strong>}
                        </span>
                    </li>
                ))}
            </ul>
            {role === "office" || role === "admin" ? <NewRelease /> : <p class="govuk-body">{t("release.notYours")}</p>}
        </>
    );
}
