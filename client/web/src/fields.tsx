// A field of a record as a person fills it in: plain inputs whose label is their accessible name.
import { useState } from "preact/hooks";
import { FieldInfo, FieldRow, RecordRow } from "./api";
import { codeLang, codeText, dateText, englishLang, Lang, labelLang, labelText, t, timeText, titleText } from "./strings";
import { namedProcedures, procedureChoices, procedureName } from "./procedures";
import { Link } from "./router";
import { Why } from "./rules";

export interface FieldProps {
    type: string;
    info: FieldInfo;
    row: FieldRow | undefined; // what the record holds
    typed: string | undefined; // what the draft holds, when it holds the field
    record: string;
    records: RecordRow[]; // of the case, for fields that name one
    first?: string[] | undefined; // of many codes, those that are offered first
    error?: string | undefined;
    onChange: (text: string) => void; // elements of a set one per line
    onLeave: () => void;
}

export function fieldId(name: string): string {
    return `field-${name}`;
}

function hintId(name: string): string {
    return `field-${name}-hint`;
}

export function fieldLang(type: string, info: { name: string }): Lang {
    return labelLang(`${type}.${info.name}`);
}

/** What stands in a record for programs only: where it belongs, and how a file was sealed (its key, which no screen and no paper shows). */
export function forPrograms(type: string, field: string): boolean {
    return field === "parent" || (type === "attachment" && field === "content");
}

export function fieldLabel(type: string, info: { name: string; label: string }): string {
    return labelText(`${type}.${info.name}`, info.label);
}

function describedBy(props: FieldProps, hint: boolean): string | undefined {
    const ids = [hint ? hintId(props.info.name) : "", props.error ? `${fieldId(props.info.name)}-error` : ""].filter(Boolean);
    return ids.length ? ids.join(" ") : undefined;
}

function ErrorText(props: FieldProps) {
    if (!props.error) return null;
    return (
        <p id={`${fieldId(props.info.name)}-error`} class="govuk-error-message" lang={englishLang()}>
            {props.error}
        </p>
    );
}

function Group(props: FieldProps & { children: preact.ComponentChildren }) {
    return <div class={`govuk-form-group${props.error ? " govuk-form-group--error" : ""}`}>{props.children}</div>;
}

function Label(props: { info: FieldInfo; type: string }) {
    return (
        <label class="govuk-label govuk-label--s" for={fieldId(props.info.name)} lang={fieldLang(props.type, props.info)}>
            {fieldLabel(props.type, props.info)}
        </label>
    );
}

function Legend(props: { info: FieldInfo; type: string }) {
    return <legend class="govuk-fieldset__legend govuk-fieldset__legend--s" lang={fieldLang(props.type, props.info)}>{fieldLabel(props.type, props.info)}</legend>;
}

function first(props: FieldProps): string {
    return props.typed ?? props.row?.values[0] ?? "";
}

function Text(props: FieldProps) {
    const [value, setValue] = useState(first(props));
    const change = (event: Event) => {
        const text = (event.target as HTMLInputElement).value;
        setValue(text);
        props.onChange(text);
    };
    const common = { dir: "auto" as const, id: fieldId(props.info.name), name: props.info.name, value, onInput: change, onBlur: props.onLeave, "aria-describedby": describedBy(props, false) };
    return (
        <Group {...props}>
            <Label {...props} />
            <ErrorText {...props} />
            {props.info.bytes_max > 200 ? <textarea class="govuk-textarea" rows={5} {...common} /> : <input class="govuk-input" type="text" autocomplete="off" {...common} />}
        </Group>
    );
}

function localTime(iso: string): string {
    if (!iso) return "";
    const date = new Date(iso);
    return new Date(date.getTime() - date.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

function Simple(props: FieldProps) {
    const { type } = props.info;
    const [value, setValue] = useState(type === "time" ? localTime(first(props)) : first(props));
    const change = (event: Event) => {
        const text = (event.target as HTMLInputElement).value;
        setValue(text);
        const number = type === "int" && text !== "" && !/^-?\d{1,15}$/.test(text);
        if (!number) props.onChange(type === "time" && text ? new Date(text).toISOString() : text);
    };
    const kinds = { date: "date", time: "datetime-local", int: "text" } as Record<string, string>;
    return (
        <Group {...props}>
            <Label {...props} />
            <ErrorText {...props} />
            <input
                class="govuk-input govuk-input--width-10"
                type={kinds[type]}
                inputMode={type === "int" ? "numeric" : undefined}
                autocomplete="off"
                id={fieldId(props.info.name)}
                name={props.info.name}
                value={value}
                onInput={change}
                onBlur={props.onLeave}
                aria-describedby={describedBy(props, false)}
            />
        </Group>
    );
}

interface Choice {
    value: string;
    text: string;
    lang?: Lang;
}

function RadioChoice(props: FieldProps & { choices: Choice[] }) {
    const [value, setValue] = useState(first(props));
    return (
        <Group {...props}>
            <fieldset class="govuk-fieldset" aria-describedby={describedBy(props, false)}>
                <Legend {...props} />
                <ErrorText {...props} />
                <div class="govuk-radios govuk-radios--small">
                    {[...props.choices, { value: "", text: t("field.notAnswered"), lang: undefined }].map((choice, i) => (
                        <div class="govuk-radios__item" key={choice.value}>
                            <input
                                class="govuk-radios__input"
                                type="radio"
                                id={i === 0 ? fieldId(props.info.name) : `${fieldId(props.info.name)}-${i}`}
                                name={props.info.name}
                                value={choice.value}
                                checked={value === choice.value}
                                onChange={() => (setValue(choice.value), props.onChange(choice.value))}
                                onBlur={props.onLeave}
                            />
                            <label class="govuk-label govuk-radios__label" lang={choice.lang} for={i === 0 ? fieldId(props.info.name) : `${fieldId(props.info.name)}-${i}`}>
                                {choice.text}
                            </label>
                        </div>
                    ))}
                </div>
            </fieldset>
        </Group>
    );
}

function SelectChoice(props: FieldProps & { choices: Choice[] }) {
    const [value, setValue] = useState(first(props));
    const known = value === "" || props.choices.some((choice) => choice.value === value);
    return (
        <Group {...props}>
            <Label {...props} />
            {props.choices.length === 0 && value === "" && (
                <div id={hintId(props.info.name)} class="govuk-hint">
                    {t(props.info.name === "attachment" ? "field.noFile" : "field.nothingToChoose")}
                </div>
            )}
            <ErrorText {...props} />
            <select
                class="govuk-select"
                id={fieldId(props.info.name)}
                name={props.info.name}
                value={value}
                aria-describedby={describedBy(props, props.choices.length === 0 && value === "")}
                onChange={(event) => {
                    const chosen = (event.target as HTMLSelectElement).value;
                    setValue(chosen);
                    props.onChange(chosen);
                }}
                onBlur={props.onLeave}
            >
                <option value="">{t("field.choose")}</option>
                {!known && <option value={value}>{t("field.elsewhere")}</option>}
                {props.choices.map((choice) => (
                    <option value={choice.value} key={choice.value} lang={choice.lang}>
                        {choice.text}
                    </option>
                ))}
            </select>
        </Group>
    );
}

function Checks(props: FieldProps & { choices: Choice[] }) {
    const [values, setValues] = useState<string[]>(props.typed === undefined ? (props.row?.values ?? []) : props.typed.split("\n").filter(Boolean));
    const toggle = (value: string) => {
        const next = values.includes(value) ? values.filter((other) => other !== value) : [...values, value];
        setValues(next);
        props.onChange(next.join("\n"));
    };
    const [chosen] = useState(values); // what was ticked already is not hidden
    const isFirst = (choice: Choice) => !props.first || props.first.includes(choice.value) || chosen.includes(choice.value);
    const first = firstOf(props.choices.filter(isFirst), props.first);
    const rest = props.choices.filter((choice) => !isFirst(choice));
    const box = (choice: Choice) => {
        const id = choice === first[0] ? fieldId(props.info.name) : `${fieldId(props.info.name)}-${props.choices.indexOf(choice)}`;
        return (
            <div class="govuk-checkboxes__item" key={choice.value}>
                <input class="govuk-checkboxes__input" type="checkbox" id={id} name={props.info.name} checked={values.includes(choice.value)} onChange={() => toggle(choice.value)} onBlur={props.onLeave} />
                <label class="govuk-label govuk-checkboxes__label" for={id} lang={choice.lang}>
                    {choice.text}
                </label>
            </div>
        );
    };
    return (
        <Group {...props}>
            <fieldset class="govuk-fieldset" aria-describedby={describedBy(props, false)}>
                <Legend {...props} />
                <ErrorText {...props} />
                {props.choices.length === 0 && <p class="govuk-hint">{t("field.nothingToChoose")}</p>}
                <div class="govuk-checkboxes govuk-checkboxes--small">{first.map(box)}</div>
                {rest.length > 0 && (
                    <details class="govuk-details govuk-!-margin-bottom-0 govuk-!-margin-top-2">
                        <summary class="govuk-details__summary">
                            <span class="govuk-details__summary-text">{t("field.others")}</span>
                        </summary>
                        <div class="govuk-details__text govuk-checkboxes govuk-checkboxes--small">{rest.map(box)}</div>
                    </details>
                )}
            </fieldset>
            {props.info.type === "ref" && !named[props.info.name] && <Missing records={props.records} />}
        </Group>
    );
}

/** A form that names people cannot name one who is not recorded yet: where that is done, with the draft kept. */
function Missing(props: { records: RecordRow[] }) {
    const caseId = props.records.find((record) => record.case)?.case;
    if (!caseId) return null;
    return (
        <p class="govuk-hint govuk-!-margin-top-2 govuk-!-margin-bottom-0">
            {t("field.notListed")} <Link to={`/case/${caseId}/new/contact/${caseId}`}>{t("field.addPerson")}</Link>
        </p>
    );
}

function Lines(props: FieldProps) {
    const [text, setText] = useState(props.typed ?? (props.row?.values ?? []).join("\n"));
    return (
        <Group {...props}>
            <Label {...props} />
            <div id={hintId(props.info.name)} class="govuk-hint">
                {t("field.onePerLine")}
            </div>
            <ErrorText {...props} />
            <textarea
                class="govuk-textarea"
                dir="auto"
                rows={3}
                id={fieldId(props.info.name)}
                name={props.info.name}
                value={text}
                aria-describedby={describedBy(props, true)}
                onInput={(event) => {
                    const typed = (event.target as HTMLTextAreaElement).value;
                    setText(typed);
                    props.onChange(typed);
                }}
                onBlur={props.onLeave}
            />
        </Group>
    );
}

/** Entries are added and never changed; somebody's own words are written down once. */
function Once(props: FieldProps) {
    const [text, setText] = useState(props.typed ?? "");
    const verbatim = props.info.kind === "verbatim";
    const values = props.row?.values ?? [];
    const closed = verbatim && values.length > 0;
    return (
        <Group {...props}>
            {closed ? <p class="govuk-label govuk-label--s" lang={fieldLang(props.type, props.info)}>{fieldLabel(props.type, props.info)}</p> : <Label {...props} />}
            {!closed && (
                <div id={hintId(props.info.name)} class="govuk-hint">
                    {t(verbatim ? "field.verbatim" : "field.append")}
                </div>
            )}
            {values.map((value, i) => (
                <blockquote class="hf-words" dir="auto" key={i}>
                    {value}
                </blockquote>
            ))}
            <ErrorText {...props} />
            {!closed && (
                <textarea
                    class="govuk-textarea"
                    dir="auto"
                    rows={3}
                    id={fieldId(props.info.name)}
                    name={props.info.name}
                    value={text}
                    aria-describedby={describedBy(props, true)}
                    onInput={(event) => {
                        const typed = (event.target as HTMLTextAreaElement).value;
                        setText(typed);
                        props.onChange(typed);
                    }}
                    onBlur={props.onLeave}
                />
            )}
        </Group>
    );
}

/** A field with two values is settled, not written over. */
function Clashing(props: FieldProps) {
    return (
        <div class="govuk-form-group">
            <p class="govuk-label govuk-label--s" lang={fieldLang(props.type, props.info)}>{fieldLabel(props.type, props.info)}</p>
            <Link to={`/clashes/${props.record}`}>{t("record.settle")}</Link>
        </div>
    );
}

/** What a field can name, where that is one kind of record: a move names placements, a plan a paper. The rest name people. */
export const otherCase = "other_case"; // of a row that stands for another case on this device
const named: Record<string, string[]> = {
    placement_plan: ["document"],
    plan_document: ["document", "attachment"],
    document: ["document", "attachment"],
    attachment: ["attachment"],
    from_placement: ["placement"],
    to_placement: ["placement"],
    move: ["move"],
    meeting: ["meeting"],
    earlier_meeting: ["meeting"],
    request: ["request"],
    ppm: ["ppm"],
    plan: ["support_plan"],
    plan_item: ["plan_item"],
    need: ["need"],
    needs: ["need"],
    action: ["action"],
    actions: ["action"],
    agenda_items: ["agenda_item"],
    event: ["supervision", "cla_review", "meeting"],
    same_child_as: [otherCase],
    other_children: [otherCase],
};
const people = ["person", "contact", "child"];
const anything = ["subject", "recipient", "change"];

function recordChoices(field: string, records: RecordRow[], held: string[]): Choice[] {
    const kinds = named[field] ?? people;
    return records
        .filter((record) => held.includes(record.id) || (anything.includes(field) ? record.title : kinds.includes(record.type)))
        .map((record) => {
            const label = record.role ? codeText(record.role) : labelText(record.type, record.label);
            const title = [titleText(record.title), dateText(record.due)].filter(Boolean).join(", ");
            return { value: record.id, text: title ? (kinds.length === 1 ? title : `${title} (${label})`) : label };
        });
}

/** In the order that a form asks for; the others as they were. */
function firstOf(choices: Choice[], first: string[] | undefined): Choice[] {
    if (!first) return choices;
    const place = (choice: Choice) => (first.includes(choice.value) ? first.indexOf(choice.value) : first.length);
    return [...choices].sort((a, b) => place(a) - place(b));
}

export function Field(props: FieldProps) {
    const { info } = props;
    return (
        <div class="hf-field">
            <OneField {...props} />
            <Why duty={info.duty} field={fieldLabel(props.type, info)} />
        </div>
    );
}

function OneField(props: FieldProps) {
    const { info } = props;
    if (props.row?.in_conflict) return <Clashing {...props} />;
    if (info.kind === "append" || info.kind === "verbatim") return <Once {...props} />;
    if (isProcedure(info)) return <SelectChoice {...props} choices={procedureChoices(first(props))} />;
    const choices =
        info.type === "ref"
            ? recordChoices(info.name, props.records, props.row?.values ?? [])
            : info.type === "bool"
              ? [
                    { value: "true", text: t("yes") },
                    { value: "false", text: t("no") },
                ]
              : firstOf((info.codes ?? []).map((code) => ({ value: code, text: codeText(code), lang: codeLang(code) })), info.kind === "set" ? undefined : props.first);
    if (info.kind === "set") return info.type === "text" ? <Lines {...props} /> : <Checks {...props} choices={choices} />;
    if (info.type === "ref") return <SelectChoice {...props} choices={choices} />;
    if (info.type === "code" || info.type === "bool") return choices.length > 5 ? <SelectChoice {...props} choices={choices} /> : <RadioChoice {...props} choices={choices} />;
    return info.type === "text" ? <Text {...props} /> : <Simple {...props} />;
}

/** Where a record names a procedure, it holds its id. */
function isProcedure(info: FieldInfo): boolean {
    return info.name === "policy_id" || info.name === "policy";
}

/** A value as it is read. */
export function valueText(info: FieldInfo | undefined, value: string, records: RecordRow[]): string {
    if (!info) return value;
    if (isProcedure(info)) return procedureName(value);
    if (info.type === "code") return codeText(value);
    if (info.type === "bool") return value === "true" ? t("yes") : t("no");
    if (info.type === "time") return timeText(value);
    if (info.type === "date") return dateText(value);
    if (info.type === "ref") {
        const found = records.find((record) => record.id === value);
        return found ? titleText(found.title) || labelText(found.type, found.label) : t("field.elsewhere");
    }
    if (info.name === "policy_version") return namedProcedures(value);
    return value.startsWith("AL-") ? titleText(value) : value;
}

/** What a change did to a field, as it is read: of a set, what was added and what was taken out. */
export function editText(info: FieldInfo | undefined, value: string, records: RecordRow[]): string {
    if (info?.kind !== "set") return valueText(info, value, records);
    const parts = info.type === "text" ? [value] : value.split(", ");
    const part = (one: string) => t(one.startsWith("+") ? "edit.added" : "edit.takenOut", { value: valueText(info, one.slice(1), records) });
    return parts.map((one) => (/^[+\u2212]/.test(one) && info.type !== "text" ? part(one) : one)).join("\n");
}
