// Any record: read, write, begin. The form is made from the table of records.
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, Change, FieldInfo, FieldRow, OpenForm, post, RecordRow, Saved, TypeRow } from "../api";
import { useAutosave } from "../autosave";
import { Field, fieldId, fieldLabel, valueText } from "../fields";
import { Back, Heading, SentTag, useTitle } from "../layout";
import { go, Link } from "../router";
import { announce, useData, useStore } from "../store";
import { clockText, labelText, t, timeText } from "../strings";
import { PageProps } from "../pages";
import { RecordList } from "./case";
import { ErrorSummary } from "./enter";

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
            <dt class="govuk-summary-list__key">{fieldLabel(props.type, row)}</dt>
            <dd class="govuk-summary-list__value">
                {row.in_conflict && <strong class="govuk-tag govuk-tag--orange">{t("record.conflict")}</strong>}
                {texts.map((text, i) => (words ? <blockquote class="hf-words" key={i}>{text}</blockquote> : <div class="hf-text" key={i}>{text}</div>))}
            </dd>
        </div>
    );
}

function HistoryList(props: { record: string }) {
    const { data } = useData<{ changes: Change[] }>(`/api/records/${props.record}/history`);
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
                    {change.held && <p class="govuk-body govuk-!-margin-bottom-1">{change.held}</p>}
                    <dl class="govuk-summary-list govuk-summary-list--no-border govuk-!-margin-bottom-0">
                        {change.edits
                            .filter((edit) => edit.field !== "parent")
                            .map((edit) => (
                                <div class="govuk-summary-list__row" key={edit.field}>
                                    <dt class="govuk-summary-list__key">{edit.label}</dt>
                                    <dd class="govuk-summary-list__value hf-text">{edit.value || t("record.cleared")}</dd>
                                </div>
                            ))}
                    </dl>
                </li>
            ))}
        </ol>
    );
}

export function ShowRecord(props: PageProps) {
    const id = props.params.record ?? "";
    const { data, error } = useData<{ record: RecordRow; fields: FieldRow[] }>(`/api/records/${id}`);
    const type = data?.record.type ?? "";
    const { data: infos } = useData<{ fields: FieldInfo[] }>(type ? `/api/types/${type}` : null);
    const { data: all } = useData<{ records: RecordRow[] }>(data ? `/api/records?case=${data.record.case}` : null);
    const { session } = useStore();
    const [history, setHistory] = useState(false);
    const label = data ? labelText(type, data.record.label) : "";
    useTitle(label);
    if (error) return <p class="govuk-body">{error.message}</p>;
    if (!data) return null;
    const records = all?.records ?? [];
    const parts = records.filter((row) => row.parent === id);
    return (
        <>
            <Back to={data.record.parent && data.record.parent !== data.record.case ? `/record/${data.record.parent}` : `/case/${data.record.case}`} />
            <Heading>{label}</Heading>
            <p class="govuk-body">
                <SentTag sent={data.record.sent} />
            </p>
            {data.record.conflicts > 0 && (
                <p class="govuk-body">
                    <Link to={`/clashes/${id}`}>{t("record.settle")}</Link>
                </p>
            )}
            <dl class="govuk-summary-list">
                {data.fields
                    .filter((row) => row.name !== "parent")
                    .map((row) => (
                        <Values type={type} info={infos?.fields.find((info) => info.name === row.name)} row={row} records={records} key={row.name} />
                    ))}
            </dl>
            {session?.identity?.role !== "auditor" && (
                <button type="button" class="govuk-button" onClick={() => go(`/record/${id}/edit`)}>
                    {t("record.edit")}
                </button>
            )}
            {parts.length > 0 && (
                <>
                    <h2 class="govuk-heading-m">{t("record.parts")}</h2>
                    <RecordList rows={parts} withLabel={true} />
                </>
            )}
            <details class="govuk-details" onToggle={(event) => setHistory((event.target as HTMLDetailsElement).open)}>
                <summary class="govuk-details__summary">
                    <span class="govuk-details__summary-text">{t("record.history")}</span>
                </summary>
                {history && (
                    <div class="govuk-details__text">
                        <HistoryList record={id} />
                    </div>
                )}
            </details>
        </>
    );
}

// --- writing ---

function SaveBar(props: { state: string; savedAt: string | null; problem: string; onDone: () => void }) {
    let words = t("save.rest");
    if (props.state === "dirty") words = t("save.typing");
    if (props.savedAt && props.state === "saved") words = t("save.saved", { time: clockText(props.savedAt) });
    if (props.state === "failed") words = props.problem;
    return (
        <div class="hf-savebar">
            <button type="button" class="govuk-button" onClick={props.onDone}>
                {t("save.done")}
            </button>
            <span>{words}</span>
        </div>
    );
}

interface FormProps {
    form: OpenForm;
    type: string;
    caseId: string;
    doneAt: string;
}

function RecordForm(props: FormProps) {
    const { form, type } = props;
    const { data: infos } = useData<{ fields: FieldInfo[] }>(`/api/types/${type}`);
    const { data: all } = useData<{ records: RecordRow[] }>(`/api/records?case=${props.caseId}`);
    const [rows, setRows] = useState(form.fields);
    const [problem, setProblem] = useState<{ field: string; text: string } | null>(null);
    const autosave = useAutosave(form.record, () => setProblem(null));
    const once = (field: string, kind: string, value: string) => {
        autosave.saveNow();
        post<Saved>(`/api/forms/${form.record}/save`, { fields: { [field]: value } }).then(
            (saved) => {
                setProblem(null);
                setRows((before) => addValue(before, field, kind, value));
                announce(t("save.saved", { time: clockText(saved.saved_at) }));
            },
            (error: ApiError) => setProblem({ field, text: error.message || t("save.failed") }),
        );
    };
    if (!infos || !all) return null;
    const fields = infos.fields.filter((info) => info.name !== "parent");
    const problems = problem ? [{ field: fieldId(problem.field), text: problem.text }] : autosave.state === "failed" ? [{ field: "main", text: autosave.problem }] : [];
    return (
        <form onSubmit={(event) => event.preventDefault()} autocomplete="off">
            <ErrorSummary problems={problems} />
            {fields.map((info) => (
                <Field
                    key={info.name}
                    type={type}
                    info={info}
                    row={rows.find((row) => row.name === info.name)}
                    records={all.records}
                    error={problem?.field === info.name ? problem.text : undefined}
                    onChange={(value) => autosave.change(info.name, value)}
                    onLeave={autosave.saveNow}
                    onConfirm={(value) => once(info.name, info.kind, String(value))}
                />
            ))}
            <SaveBar state={autosave.state} savedAt={autosave.savedAt} problem={autosave.problem} onDone={() => (autosave.saveNow(), go(props.doneAt))} />
        </form>
    );
}

function addValue(rows: FieldRow[], field: string, kind: string, value: string): FieldRow[] {
    const known = rows.find((row) => row.name === field);
    if (!known) return [...rows, { name: field, label: "", kind, values: [value], in_conflict: false }];
    return rows.map((row) => (row.name === field ? { ...row, values: [...row.values, value] } : row));
}

/** Opens the form once, however often the page is drawn. */
function useForm(ask: object | null): { form: OpenForm | null; error: string } {
    const [form, setForm] = useState<OpenForm | null>(null);
    const [error, setError] = useState("");
    const asked = useRef(false);
    useEffect(() => {
        if (!ask || asked.current) return;
        asked.current = true;
        post<OpenForm>("/api/forms", ask).then(setForm, (failed: ApiError) => setError(failed.message || t("gone.text")));
    }, [ask !== null]);
    return { form, error };
}

export function EditRecord(props: PageProps) {
    const id = props.params.record ?? "";
    const { data, error } = useData<{ record: RecordRow }>(`/api/records/${id}`);
    const { form, error: notOpened } = useForm({ record: id });
    const kept = useRef<RecordRow | null>(null);
    if (!kept.current && data) kept.current = data.record; // what the form is about does not change under it
    const record = kept.current;
    const label = record ? labelText(record.type, record.label) : "";
    useTitle(label);
    const problem = notOpened || error?.message;
    if (problem) return <p class="govuk-body">{problem}</p>;
    if (!record || !form) return null;
    const back = record.type === "meeting" ? `/meeting/${id}` : `/record/${id}`;
    return (
        <>
            <Back to={back} />
            <Heading>{label}</Heading>
            <RecordForm form={form} type={record.type} caseId={record.case} doneAt={back} />
        </>
    );
}

export function NewRecord(props: PageProps) {
    const { case: caseId = "", type = "", parent, slot } = props.params;
    const { data: types } = useData<{ types: TypeRow[] }>("/api/types");
    const { form, error } = useForm({ case: caseId, type, parent: parent ?? null, slot: slot ?? null });
    const label = typeLabel(types?.types, type);
    useTitle(label);
    const back = parent && parent !== caseId ? `/record/${parent}` : `/case/${caseId}`;
    if (error) return <p class="govuk-body">{error}</p>;
    if (!form || !types) return null;
    return (
        <>
            <Back to={back} />
            <Heading caption={t("record.new")}>{label}</Heading>
            <RecordForm form={form} type={type} caseId={caseId} doneAt={back} />
        </>
    );
}
