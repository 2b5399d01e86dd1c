// Any record: read, write, begin. The form is made from the table of records.
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, Change, Disputed, Draft, FieldInfo, FieldRow, OpenForm, post, RecordRow, TypeRow } from "../api";
import { Autosave, useAutosave } from "../autosave";
import { editText, Field, fieldId, fieldLabel, fieldLang, forPrograms, valueText } from "../fields";
import { Back, Failed, Heading, SentTag, useTitle } from "../layout";
import { useNamed } from "../named";
import { go, Link } from "../router";
import { useData, useStore } from "../store";
import { answerLang, clockText, englishLang, Lang, labelLang, labelText, loggedText, noteAnswer, t, timeText } from "../strings";
import { Rich } from "../words";
import { PageProps } from "../pages";
import { RecordList } from "./case";
import { DraftLines, GoOnHere, ShareDraft } from "./drafts";
import { ErrorSummary } from "./enter";
import { Meeting } from "./meeting";
import { CalendarLinks } from "../calendar";
import { Amendments, Escalate, Finalise, Remove, Reply } from "../acts";
import { Attachments, OneAttachment } from "../attachments";
import { AskedOf } from "../duties";
import { Guide, guideNamed, guideOf, guideOfFields } from "../guides";
import { WaitsFor } from "../waits";
import { NotFound } from "./help";
import { Disputes } from "../disputes";
import { ReadingWhy } from "../reading";
import { Updates, WaitingHere } from "./parts";
import { Held } from "./sync";

function typeLabel(types: TypeRow[] | undefined, name: string): string {
    return labelText(name, types?.find((type) => type.name === name)?.label ?? "");
}

// --- reading ---

function Values(props: { type: string; info: FieldInfo | undefined; row: FieldRow; records: RecordRow[] }) {
    const { row, info } = props;
    const texts = row.values.map((value) => valueText(info, value, props.records));
    const words = row.kind === "verbatim";
    return (
        <div class="govuk-summary-list__row">
            <dt class="govuk-summary-list__key" lang={fieldLang(props.type, row)}>
                {fieldLabel(props.type, row)}
            </dt>
            <dd class="govuk-summary-list__value">
                {row.in_conflict && <strong class="govuk-tag govuk-tag--orange">{t("record.conflict")}</strong>}
                {texts.map((text, i) => (words ? <blockquote class="hf-words" dir="auto" key={i}>{text}</blockquote> : <div class="hf-text" dir="auto" key={i}>{text}</div>))}
            </dd>
        </div>
    );
}

function HistoryList(props: { record: string; type: string; infos: FieldInfo[]; records: RecordRow[] }) {
    const { data } = useData<{ changes: Change[] }>(`/api/records/${props.record}/history`);
    const read = (field: string, value: string) => (value ? editText(props.infos.find((info) => info.name === field), value, props.records) : t("record.cleared"));
    if (!data) return null;
    return (
        <ol class="hf-chronology">
            {[...data.changes].reverse().map((change) => (
                <li key={change.id}>
                    <time dateTime={change.time}>{timeText(change.time)}</time>
                    <p class="govuk-body govuk-!-margin-bottom-1">
                        {t("record.by", { author: change.author })} <SentTag sent={change.sent} />
                    </p>
                    {change.reason && <p class="govuk-body govuk-!-margin-bottom-1">{t("chronology.reason", { reason: change.reason })}</p>}
                    {change.held && (
                        <p class="govuk-body govuk-!-margin-bottom-1" lang={englishLang()}>
                            {change.held}
                        </p>
                    )}
                    <dl class="govuk-summary-list govuk-summary-list--no-border govuk-!-margin-bottom-0">
                        {change.edits
                            .filter((edit) => !forPrograms(props.type, edit.field))
                            .map((edit) => (
                                <div class="govuk-summary-list__row" key={edit.field}>
                                    <dt class="govuk-summary-list__key" lang={labelLang(`${props.type}.${edit.field}`)}>
                                        {labelText(`${props.type}.${edit.field}`, edit.label)}
                                    </dt>
                                    <dd class="govuk-summary-list__value hf-text" dir="auto">
                                        {read(edit.field, edit.value)}
                                        {edit.passed_over.map((other, n) => (
                                            <div class="hf-duty__more" key={n}>
                                                {t(other.own ? "decided.yours" : "decided.others", { author: other.author, value: read(edit.field, other.value) })}
                                            </div>
                                        ))}
                                    </dd>
                                </div>
                            ))}
                    </dl>
                    <p class="govuk-body-s">{loggedText(change)}</p>
                </li>
            ))}
        </ol>
    );
}

// What is added to a record of its own kind, so that a procedure finds it there.
const added: Record<string, string[]> = {
    request: ["interim_support"],
    placement: ["ppm", "support_consideration"],
    match: ["document", "info_share"],
    support_plan: ["plan_item", "plan_review"],
    plan_item: ["support_evaluation"],
    move: ["learning_review", "transition_meeting", "transition_plan"],
    action: ["panel_approval"],
    document: ["doc_review"],
};

function AddParts(props: { row: RecordRow }) {
    const { data } = useData<{ types: TypeRow[] }>("/api/types");
    const names = added[props.row.type] ?? [];
    if (!data || names.length === 0) return null;
    return (
        <ul class="hf-add">
            {names.map((name) => (
                <li key={name}>
                    <Link to={`/case/${props.row.case}/new/${name}/${props.row.id}`}><Rich text="section.add" parts={{ label: <span lang={labelLang(name)}>{typeLabel(data.types, name)}</span> }} /></Link>
                </li>
            ))}
        </ul>
    );
}

/** What somebody began, and the office holds: there is no record yet, but what was written is not lost. */
function NotCounting(props: { id: string; text: string }) {
    const { data } = useData<{ held: Held[] }>("/api/attention");
    const { data: infos } = useData<{ types: TypeRow[] }>("/api/types");
    const held = data?.held.filter((change) => change.record?.id === props.id) ?? [];
    const label = held[0]?.record?.label ?? "";
    useTitle(label);
    if (!data || !infos) return null;
    if (held.length === 0) return <Failed text={props.text} />;
    const type = infos.types.find((row) => row.label === label)?.name ?? "";
    return (
        <>
            <Back to={`/case/${held[0]?.record?.case}`}>{t("case.title")}</Back>
            <Heading>{labelText(type, label)}</Heading>
            {held.map((change) => (
                <section key={change.id}>
                    <p class="govuk-inset-text">{change.held || t("attention.waiting")}</p>
                    <p class="govuk-body">
                        {t("record.by", { author: change.author })}, {timeText(change.time)} <SentTag sent={change.sent} />
                    </p>
                    <HeldEdits type={type} change={change} />
                </section>
            ))}
            <p class="govuk-body">
                <Link to="/sync">{t("attention.title")}</Link>
            </p>
        </>
    );
}

function HeldEdits(props: { type: string; change: Held }) {
    const { data } = useData<{ fields: FieldInfo[] }>(props.type ? `/api/types/${props.type}` : null);
    const named = useNamed(props.change.record?.case);
    return (
        <dl class="govuk-summary-list">
            {props.change.edits
                .filter((edit) => !forPrograms(props.type, edit.field) && edit.value)
                .map((edit) => (
                    <div class="govuk-summary-list__row" key={edit.field}>
                        <dt class="govuk-summary-list__key" lang={labelLang(`${props.type}.${edit.field}`)}>
                            {labelText(`${props.type}.${edit.field}`, edit.label)}
                        </dt>
                        <dd class="govuk-summary-list__value hf-text" dir="auto">
                            {editText(
                                data?.fields.find((field) => field.name === edit.field),
                                edit.value,
                                named ?? [],
                            )}
                        </dd>
                    </div>
                ))}
        </dl>
    );
}

export function ShowRecord(props: PageProps) {
    const id = props.params.record ?? "";
    const { data, error } = useData<{ record: RecordRow; fields: FieldRow[] } & Disputed>(`/api/records/${id}`);
    const type = data?.record.type ?? "";
    const { data: infos } = useData<{ fields: FieldInfo[] }>(type ? `/api/types/${type}` : null);
    const named = useNamed(data?.record.case);
    const { session } = useStore();
    const [history, setHistory] = useState(false);
    const label = data ? labelText(type, data.record.label) : "";
    useTitle(label);
    if (error?.status === 404) return <NotCounting id={id} text={error.message} />;
    if (error) return <Failed text={error.message} />;
    if (!data) return null;
    if (type === "meeting") return <Meeting params={props.params} />;
    const records = named ?? [];
    const mayWrite = session?.identity?.role !== "auditor";
    const guide = guideOfFields(type, data.fields);
    const order = guide?.parts.flatMap((part) => part.fields) ?? [];
    const place = (row: FieldRow) => (order.includes(row.name) ? order.indexOf(row.name) : order.length);
    const parts = type === "case" ? [] : records.filter((row) => row.parent === id && row.type !== "attachment" && row.type !== "action_update"); // those of a case stand on its page
    return (
        <>
            <Back to={data.record.parent && data.record.parent !== data.record.case ? `/record/${data.record.parent}` : `/case/${data.record.case}`} />
            <Heading lang={guide ? undefined : labelLang(type)}>{guide ? t(`guide.form.${guide.name}`) : label}</Heading>
            <p class="govuk-body">
                <SentTag sent={data.record.sent} /> {data.record.is_final && <strong class="govuk-tag govuk-tag--green">{t("record.final")}</strong>}
            </p>
            <ReadingWhy caseId={data.record.case} />
            {data.record.unverified && <p class="govuk-inset-text">{t("record.unverified")}</p>}
            {data.record.deleted !== "" && <p class="govuk-inset-text">{t("remove.isDeleted")}</p>}
            {data.record.conflicts > 0 && (
                <p class="govuk-body">
                    <Link to={`/clashes/${id}`}>{t("record.settle")}</Link>
                </p>
            )}
            <dl class="govuk-summary-list">
                {data.fields
                    .filter((row) => !forPrograms(type, row.name) && row.values.length > 0)
                    .sort((a, b) => place(a) - place(b))
                    .map((row) => (
                        <Values type={type} info={infos?.fields.find((info) => info.name === row.name)} row={row} records={records} key={row.name} />
                    ))}
            </dl>
            <Disputes beside={data} />
            {mayWrite && data.record.deleted !== "deleted" && (
                <div class="govuk-button-group">
                    {type === "request" && (
                        <button type="button" class="govuk-button" onClick={() => go(`/case/${data.record.case}/call/${id}`)}>
                            {t("call.title")}
                        </button>
                    )}
                    {type === "action" && (
                        <button type="button" class="govuk-button" onClick={() => go(`/action/${data.record.case}/${id}/update`)}>
                            {t("update.title")}
                        </button>
                    )}
                    <button type="button" class={`govuk-button${type === "action" || type === "request" ? " govuk-button--secondary" : ""}`} onClick={() => go(`/record/${id}/edit`)}>
                        {t(data.record.is_final ? "amendment.propose" : "record.edit")}
                    </button>
                </div>
            )}
            <Amendments row={data.record} mayDecide={mayWrite} />
            {mayWrite && type === "escalation" && <Reply row={data.record} />}
            {type === "action" && data.record.due && (
                <ul class="hf-add">
                    <CalendarLinks record={id} invitations={false} />
                </ul>
            )}
            {mayWrite && type === "action" && <Escalate row={data.record} />}
            {type === "action" && <Updates caseId={data.record.case} action={id} />}
            <WaitingHere record={id} />
            {parts.length > 0 && (
                <>
                    <h2 class="govuk-heading-m">{t("record.parts")}</h2>
                    <RecordList rows={parts} withLabel={true} />
                </>
            )}
            {mayWrite && <AddParts row={data.record} />}
            {type === "attachment" && <OneAttachment caseId={data.record.case} id={id} />}
            {type !== "case" && <AskedOf row={data.record} duties={guide?.duties} />}
            {type !== "case" && type !== "attachment" && <Attachments caseId={data.record.case} record={id} mayWrite={mayWrite} />}
            <details class="govuk-details" onToggle={(event) => setHistory((event.target as HTMLDetailsElement).open)}>
                <summary class="govuk-details__summary">
                    <span class="govuk-details__summary-text">{t("record.history")}</span>
                </summary>
                {history && (
                    <div class="govuk-details__text">
                        <HistoryList record={id} type={type} infos={infos?.fields ?? []} records={records} />
                    </div>
                )}
            </details>
            {mayWrite && mayBeFinal(data.record) && <Finalise row={data.record} folded={!guide} />}
            {mayWrite && <Remove row={data.record} />}
        </>
    );
}

/** A case and the people in it go on; what the office and the machines write is theirs. */
function mayBeFinal(row: RecordRow): boolean {
    return !row.is_final && row.deleted !== "deleted" && !["case", "child", "person", "contact", "placement", "attachment", "alert", "policy_ack", "setting", "post", "cover", "handover", "held_decision", "urgent_access", "statement", "restriction"].includes(row.type);
}

// --- writing ---

function SaveBar(props: { autosave: Autosave; busy: boolean; onDone: () => void; onDiscard: () => void }) {
    const { autosave } = props;
    const [asked, setAsked] = useState(false);
    let words = t("save.rest");
    if (autosave.state === "dirty") words = t("save.typing");
    if (autosave.savedAt && autosave.state === "saved") words = t("save.saved", { time: clockText(autosave.savedAt) });
    if (autosave.state === "failed") words = autosave.problem;
    return (
        <div class="hf-savebar">
            <button type="button" class="govuk-button" onClick={props.onDone} disabled={props.busy}>
                {t("save.done")}
            </button>
            <span lang={answerLang(words)}>{words}</span>
            {!asked && ( // its place is kept, so that Done does not move when it comes
                <button type="button" class={autosave.hasDraft ? "hf-plain-button" : "hf-plain-button hf-not-yet"} onClick={() => setAsked(true)}>
                    {t("draft.discard")}
                </button>
            )}
            {asked && (
                <span>
                    {t("draft.sure")}{" "}
                    <button type="button" class="hf-plain-button" onClick={props.onDiscard}>
                        {t("draft.yesDiscard")}
                    </button>{" "}
                    <button type="button" class="hf-plain-button" onClick={() => setAsked(false)}>
                        {t("draft.keep")}
                    </button>
                </span>
            )}
        </div>
    );
}

interface Problem {
    field: string; // "" for the whole form
    text: string;
}

/** The library names a field by the word that its sentence begins with. */
function problemOf(error: ApiError, type: string, fields: FieldInfo[]): Problem {
    const text = error.message || t("save.failed");
    const word = /^([a-z_]+)[ :]/.exec(text)?.[1];
    const info = fields.find((field) => field.name === word);
    if (!info || !word) return { field: "", text };
    const named = fieldLabel(type, info) + text.slice(word.length);
    if (answerLang(text)) noteAnswer(named);
    return { field: info.name, text: named };
}

function returnToCursor(cursor: string | undefined): void {
    const [id, at] = (cursor ?? "").split(":");
    const element = id ? document.getElementById(id) : null;
    if (!element) return;
    element.focus();
    if (element instanceof HTMLTextAreaElement || (element instanceof HTMLInputElement && element.type === "text")) element.setSelectionRange(Number(at), Number(at));
}

/** A quick form: these fields first, these filled in when it is saved. */
export interface Quick {
    only?: string[];
    fill?: Record<string, string>;
    title?: string;
    /** What it is about, above the title. */
    caption?: string;
    /** The form in parts, in the order of its duties. */
    guide?: Guide | undefined;
    /** What else is filled in when a field is. */
    follows?: (name: string, text: string) => Record<string, string>;
    /** Where it goes on afterwards; the record's own page otherwise. */
    back?: string;
    /** Runs when the record was saved, with what was typed in it. */
    after?: (typed: Map<string, string>) => Promise<void>;
}

function RecordForm(props: { form: OpenForm; doneAt: string; quick: Quick }) {
    const { form } = props;
    const { data: infos } = useData<{ fields: FieldInfo[] }>(`/api/types/${form.type}`);
    const named = useNamed(form.case);
    const [all, setAll] = useState(false);
    const [reason, setReason] = useState("");
    const typed = useRef(new Map<string, string>(Object.entries(form.draft?.values ?? {}))).current;
    const [problem, setProblem] = useState<Problem | null>(null);
    const [busy, setBusy] = useState(false);
    const autosave = useAutosave(form);
    const ready = infos !== null && named !== null;
    useEffect(() => {
        if (ready && form.draft) returnToCursor(form.draft.cursor);
    }, [ready]);
    if (!infos || !named) return null;
    const isFinal = named.some((row) => row.id === form.record && row.is_final);
    const { only, fill, follows, after, guide } = props.quick;
    const done = () => {
        if (isFinal && typed.size && !reason.trim()) return setProblem({ field: "", text: t("amendment.needReason") });
        setBusy(true);
        setProblem(null);
        const finished = autosave.finish(isFinal ? reason.trim() : undefined).then(() => (typed.size && after ? after(typed) : undefined));
        finished.then(
            () => go(form.is_new && form.type === "meeting" && typed.size ? `/meeting/${form.record}` : props.doneAt),
            (error: ApiError) => (setBusy(false), setProblem(problemOf(error, form.type, infos.fields))),
        );
    };
    const discard = () => void autosave.discard().then(() => go(props.doneAt), (error: ApiError) => setProblem(problemOf(error, form.type, infos.fields)));
    const rowOf = (name: string) => form.fields.find((row) => row.name === name);
    // What a quick form fills in by itself goes into the draft with the first thing that is typed, so that it is found again with it.
    const change = (name: string, text: string) => {
        if (form.is_new && typed.size === 0)
            for (const [other, value] of Object.entries(fill ?? {})) {
                typed.set(other, value);
                autosave.change(other, value);
            }
        typed.set(name, text);
        autosave.change(name, text);
        for (const [other, value] of Object.entries(follows?.(name, text) ?? {})) {
            typed.set(other, value);
            autosave.change(other, value);
        }
    };
    const field = (info: FieldInfo) => (
        <Field
            key={info.name}
            type={form.type}
            info={info}
            row={rowOf(info.name)}
            typed={typed.get(info.name)}
            record={form.record}
            records={named}
            first={guide?.first?.[info.name]}
            error={problem?.field === info.name ? problem.text : undefined}
            onChange={(text) => change(info.name, text)}
            onLeave={autosave.saveNow}
        />
    );
    const infoOf = (name: string) => infos.fields.find((info) => info.name === name);
    const ahead = guide ? guide.parts.flatMap((part) => part.fields) : only;
    const rest = infos.fields.filter((info) => !forPrograms(form.type, info.name) && !ahead?.includes(info.name));
    return (
        <form onSubmit={(event) => event.preventDefault()} autocomplete="off" data-form={form.type}>
            <ErrorSummary problems={problem ? [{ field: problem.field ? fieldId(problem.field) : "main", text: problem.text }] : []} />
            {isFinal && <p class="govuk-inset-text">{t("amendment.isFinal")}</p>}
            {form.draft && form.draft.changed.length > 0 && <p class="govuk-inset-text">{t("draft.changed")}</p>}
            {guide
                ? guide.parts.map((part) => (
                      <section class="hf-part" key={part.name} aria-labelledby={`part-${part.name}`}>
                          <h2 class="govuk-heading-m govuk-!-margin-bottom-1" id={`part-${part.name}`}>
                              {t(`guide.part.${part.name}`)}
                          </h2>
                          <p class="hf-part__help">{t(`guide.help.${part.name}`)}</p>
                          {part.fields.map(infoOf).map((info) => info && field(info))}
                      </section>
                  ))
                : only?.map(infoOf).map((info) => info && field(info))}
            {(all || !ahead) && rest.map(field)}
            {ahead && !all && rest.length > 0 && (
                <button type="button" class="hf-plain-button" onClick={() => setAll(true)}>
                    {t("form.all")}
                </button>
            )}
            {isFinal && (
                <div class="govuk-form-group">
                    <label class="govuk-label govuk-label--s" for="amendment-reason">
                        {t("amendment.why")}
                    </label>
                    <textarea class="govuk-textarea" dir="auto" rows={3} id="amendment-reason" value={reason} onInput={(event) => setReason((event.target as HTMLTextAreaElement).value)} />
                </div>
            )}
            <WaitsFor waits={autosave.waits} />
            <SaveBar autosave={autosave} busy={busy} onDone={done} onDiscard={discard} />
            {/* Below the bar: it appears once the draft is saved, which pressing Done brings about, and must not move the button. */}
            {autosave.hasDraft && form.type !== "practice_concern" && <ShareDraft record={form.record} />}
        </form>
    );
}

/** Opens the form once, however often the page is drawn. */
function useForm(ask: object): { form: OpenForm | null; error: string; setForm: (form: OpenForm) => void } {
    const [form, setForm] = useState<OpenForm | null>(null);
    const [error, setError] = useState("");
    const asked = useRef(false);
    const { session } = useStore();
    const locked = session?.state === "locked"; // an address that was gone to meanwhile is opened once it is unlocked
    useEffect(() => {
        if (asked.current || locked) return;
        asked.current = true;
        post<OpenForm>("/api/forms", ask).then(setForm, (failed: ApiError) => setError(failed.message || t("gone.text")));
    }, [locked]);
    return { form, error, setForm };
}

/** A draft that is there is gone on with or thrown away on purpose, with time, device and how it begins in sight. */
function Recover(props: { draft: Draft; onGoOn: () => void; onAnew: () => void }) {
    const { draft } = props;
    return (
        <div class="govuk-inset-text">
            <h2 class="govuk-heading-m">{t("draft.found")}</h2>
            <DraftLines draft={draft} />
            <button type="button" class="govuk-button" onClick={props.onGoOn}>
                {t("draft.goOn")}
            </button>{" "}
            <button type="button" class="govuk-button govuk-button--secondary" onClick={props.onAnew}>
                {t("draft.anew")}
            </button>
        </div>
    );
}

function Opened(props: { form: OpenForm; chosen: boolean; setForm: (form: OpenForm) => void; back: string; quick?: Quick | undefined }) {
    const { form } = props;
    const drafted = form.draft?.values ?? {};
    const quick: Quick = props.quick ?? { guide: guideOf(form.type, (name) => drafted[name] ?? form.fields.find((row) => row.name === name)?.values[0]) };
    const { data: types } = useData<{ types: TypeRow[] }>("/api/types");
    const [chosen, setChosen] = useState(props.chosen);
    const [error, setError] = useState("");
    const label = quick.title ?? (quick.guide ? t(`guide.form.${quick.guide.name}`) : typeLabel(types?.types, form.type));
    const labelIn: Lang = quick.title || quick.guide ? undefined : labelLang(form.type);
    useTitle(label);
    const anew = () =>
        void post(`/api/forms/${form.record}/discard`, {}).then(
            () => (props.setForm({ ...form, draft: null }), setChosen(true)),
            (failed: ApiError) => setError(failed.message || t("gone.text")),
        );
    const others = form.drafts.filter((draft) => !draft.own);
    if (!types) return null;
    return (
        <>
            <Back to={props.back} />
            <Heading caption={quick.caption ?? (form.is_new && !quick.title ? t("record.new") : "")} lang={labelIn}>
                {label}
            </Heading>
            {error && <p class="govuk-body">{error}</p>}
            {others.map((draft) => (
                <div class="govuk-inset-text" key={draft.device}>
                    <h2 class="govuk-heading-m">{t("draft.elsewhere")}</h2>
                    <DraftLines draft={draft} />
                    {!form.draft && !draft.done_at && <GoOnHere draft={draft} />}
                </div>
            ))}
            {form.draft && !chosen ? <Recover draft={form.draft} onGoOn={() => setChosen(true)} onAnew={anew} /> : <RecordForm form={form} doneAt={props.back} quick={quick} />}
        </>
    );
}

function backTo(form: OpenForm): string {
    if (!form.is_new) return form.type === "meeting" ? `/meeting/${form.record}` : `/record/${form.record}`;
    return form.parent && form.parent !== form.case ? `/record/${form.parent}` : `/case/${form.case}`;
}

export function EditRecord(props: PageProps) {
    const { form, error, setForm } = useForm({ record: props.params.record ?? "" });
    if (error) return <Failed text={error} />;
    return form && <Opened form={form} chosen={false} setForm={setForm} back={backTo(form)} />;
}

export function NewRecord(props: PageProps & { quick?: Quick }) {
    const { case: caseId = "", type = "", parent, slot } = props.params;
    const { form, error, setForm } = useForm({ case: caseId, type, parent: parent ?? null, slot: slot ?? null });
    if (error) return <Failed text={error} />;
    return form && <Opened form={form} chosen={false} setForm={setForm} back={props.quick?.back ?? backTo(form)} quick={props.quick} />;
}

/** A form that follows a duty; where it belongs is in the path. */
export function NewGuided(props: PageProps) {
    const { case: caseId = "", guide: name = "", parent = "" } = props.params;
    const guide = guideNamed(name);
    if (!guide) return <NotFound />;
    const back = guide.duties.some((duty) => duty === "PSM-07" || duty === "FSM-22" || duty === "FSM-24") ? `/case/${caseId}/moving` : `/case/${caseId}/placing`;
    return <NewRecord params={{ case: caseId, type: guide.type, parent }} quick={{ guide, fill: { ...guide.is, ...guide.fill, ...(guide.names && parent !== caseId ? { [guide.names]: parent } : {}) }, back }} />;
}

/** The choice was made where the draft is listed. */
export function OpenDraft(props: PageProps) {
    const { form, error, setForm } = useForm({ draft: props.params.record ?? "", device: props.params.device ?? null });
    if (error) return <Failed text={error} />;
    return form && <Opened form={form} chosen={true} setForm={setForm} back={backTo(form)} />;
}
