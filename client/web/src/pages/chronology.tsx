// Everything that was recorded in a case, newest first, in words.
import { useState } from "preact/hooks";
import { usePaper } from "../paper";
import { CaseRow, ChronologyLine, RecordRow } from "../api";
import { editText, forPrograms } from "../fields";
import { Fields, useFields } from "../kinds";
import { Back, Heading, SentTag, useTitle } from "../layout";
import { Link } from "../router";
import { useData } from "../store";
import { answerLang, englishLang, Lang, labelLang, labelText, loggedText, plural, t, timeText } from "../strings";
import { LabelWord, Rich, TitleWord } from "../words";
import { PageProps } from "../pages";
import { recordPath } from "./case";
import { caseName } from "../named";

function Select(props: { id: string; label: string; value: string; choices: [string, string][]; langOf?: (value: string) => Lang; onChange: (value: string) => void }) {
    return (
        <div class="govuk-form-group">
            <label class="govuk-label" for={props.id}>
                {props.label}
            </label>
            <select class="govuk-select" id={props.id} value={props.value} onChange={(event) => props.onChange((event.target as HTMLSelectElement).value)}>
                <option value="">{t("chronology.all")}</option>
                {props.choices.map(([value, text]) => (
                    <option value={value} key={value} lang={props.langOf?.(value)}>
                        {text}
                    </option>
                ))}
            </select>
        </div>
    );
}

function Edits(props: { line: ChronologyLine; records: RecordRow[]; fields: Fields }) {
    const edits = props.line.edits.filter((edit) => !forPrograms(props.line.type, edit.field) && edit.value);
    return (
        <dl class="govuk-summary-list govuk-summary-list--no-border govuk-!-margin-bottom-0">
            {edits.map((edit) => (
                <div class="govuk-summary-list__row" key={edit.field}>
                    <dt class="govuk-summary-list__key" lang={labelLang(`${props.line.type}.${edit.field}`)}>
                        {labelText(`${props.line.type}.${edit.field}`, edit.label)}
                    </dt>
                    <dd class="govuk-summary-list__value hf-text" dir="auto">
                        {editText(
                            props.fields.get(props.line.type)?.find((field) => field.name === edit.field),
                            edit.value,
                            props.records,
                        )}
                    </dd>
                </div>
            ))}
        </dl>
    );
}

function Line(props: { line: ChronologyLine; records: RecordRow[]; fields: Fields; printing: boolean }) {
    const { line, printing } = props;
    const [opened, setOpen] = useState(false);
    const open = opened || printing;
    return (
        <li>
            <time dateTime={line.time}>{timeText(line.time)}</time>
            <p class="govuk-body govuk-!-margin-bottom-1">
                {t("chronology.line", { author: line.author || t(line.type === "alert" ? "chronology.server" : "office.unknown") })} <Link to={recordPath({ type: line.type, id: line.record })}>{line.title ? <Rich text="record.named" parts={{ label: <LabelWord name={line.type} label={line.label} />, title: <TitleWord title={line.title} /> }} /> : <LabelWord name={line.type} label={line.label} />}</Link>{" "}
                <SentTag sent={line.sent} />
            </p>
            {line.reason && <p class="govuk-body govuk-!-margin-bottom-1">{t("chronology.reason", { reason: line.reason })}</p>}
            {line.held && (
                <p class="govuk-body govuk-!-margin-bottom-1" lang={englishLang()}>
                    {line.held}
                </p>
            )}
            <details class="govuk-details govuk-!-margin-bottom-0" open={open} onToggle={(event) => !printing && setOpen((event.target as HTMLDetailsElement).open)}>
                <summary class="govuk-details__summary">
                    <span class="govuk-details__summary-text">{t("chronology.what")}</span>
                    <span class="govuk-visually-hidden">{`, ${labelText(line.type, line.label)}, ${timeText(line.time)}`}</span>
                </summary>
                {open && (
                    <div class="govuk-details__text">
                        <Edits line={line} records={props.records} fields={props.fields} />
                        <p class="govuk-body-s">{loggedText(line)}</p>
                    </div>
                )}
            </details>
        </li>
    );
}

export function Chronology(props: PageProps) {
    const id = props.params.case ?? "";
    const { data, error } = useData<{ total: number; changes: ChronologyLine[] }>(`/api/cases/${id}/chronology`);
    const { data: records } = useData<{ records: RecordRow[] }>(`/api/records?case=${id}`);
    const [type, setType] = useState("");
    const [author, setAuthor] = useState("");
    const [from, setFrom] = useState("");
    const { data: cases } = useData<{ cases: CaseRow[] }>("/api/cases");
    useTitle(t("chronology.title"));
    const lines = data?.changes ?? [];
    const [printing, setPrinting] = useState(false);
    const onPaper = usePaper(setPrinting);
    const shown = lines.filter((line) => (!type || line.type === type) && (!author || line.author === author) && (!from || line.time.slice(0, 10) <= from));
    const types = [...new Map(lines.map((line) => [line.type, labelText(line.type, line.label)])).entries()];
    const fields = useFields(types.map(([type]) => type));
    const authors = [...new Set(lines.map((line) => line.author))].map((name): [string, string] => [name, name]);
    return (
        <>
            <Back to={`/case/${id}`}>{t("case.title")}</Back>
            <Heading caption={caseName(cases?.cases.find((row) => row.id === id))}>{t("chronology.title")}</Heading>
            {error && <p class="govuk-body" lang={answerLang(error.message)}>{error.message}</p>}
            <div class="hf-versus hf-screen">
                <Select id="by-type" label={t("chronology.byType")} value={type} choices={types} langOf={labelLang} onChange={setType} />
                <Select id="by-author" label={t("chronology.byAuthor")} value={author} choices={authors} onChange={setAuthor} />
                <div class="govuk-form-group">
                    <label class="govuk-label" for="by-day">
                        {t("chronology.byDay")}
                    </label>
                    <input class="govuk-input govuk-input--width-10" type="date" id="by-day" value={from} onInput={(event) => setFrom((event.target as HTMLInputElement).value)} />
                </div>
            </div>
            <p class="govuk-body" role="status">
                {plural("chronology.shown", shown.length, { total: data?.total ?? 0 })}
            </p>
            <button type="button" class="govuk-button govuk-button--secondary" onClick={onPaper}>
                {t("print")}
            </button>
            <ol class="hf-chronology">
                {shown.map((line) => (
                    <Line line={line} key={line.id} records={records?.records ?? []} fields={fields} printing={printing} />
                ))}
            </ol>
        </>
    );
}
