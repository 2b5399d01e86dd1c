// What an office knew at a moment: the rows of `holdfast-audit replay`, put together by case and record for people.
import { Fields, fieldName, useFields, useKindName } from "../kinds";
import { namedProcedures } from "../procedures";
import { codeText, dateText, daysText, humanText, isolate, Key, plainText, t, titleText } from "../strings";

export type Row = Record<string, string | number | boolean | null>;
const shownMax = 500; // records of a case on one page

const word = (row: Row, name: string) => String(row[name] ?? "");
/** Codes in plain letters, days and moments as people write them; everything else as it was written. */
function plain(value: string): string {
    if (/^\d{4}-\d\d-\d\d$/.test(value)) return dateText(value);
    return humanText(namedProcedures(plainText(titleText(value))));
}

interface Part {
    key: string;
    rows: Row[];
}
/** Rows that follow each other and have the same value there. */
function together(rows: Row[], name: string): Part[] {
    const parts: Part[] = [];
    for (const row of rows) {
        const key = word(row, name);
        const last = parts[parts.length - 1];
        if (last?.key === key) last.rows.push(row);
        else parts.push({ key, rows: [row] });
    }
    return parts;
}

interface Names {
    kind: (type: string) => string;
    /** Ids in a value: the name of who is meant, or the kind of record and the end of its id, as in its heading. */
    meant: (value: string) => string;
    fields: Fields;
}

function Record(props: { rows: Row[]; names: Names }) {
    const first = props.rows[0]!;
    const type = word(first, "type");
    return (
        <section>
            <h4 class="govuk-heading-s">
                {props.names.kind(type)} <span class="hf-quiet">{word(first, "id").slice(-8)}</span>
            </h4>
            <dl class="govuk-summary-list govuk-summary-list--no-border">
                {together(props.rows, "field").map((field) => (
                    <div class="govuk-summary-list__row" key={field.key}>
                        <dt class="govuk-summary-list__key">{fieldName(props.names.fields, type, field.key)}</dt>
                        <dd class="govuk-summary-list__value hf-text" dir="auto">{field.rows.map((row) => plain(props.names.meant(word(row, "value")))).join("\n")}</dd>
                    </div>
                ))}
            </dl>
        </section>
    );
}

/** The days of a limit, one by one, folded away behind its duty. */
function Counted(props: { rows: Row[] }) {
    const [limit, ...days] = props.rows;
    return (
        <details class="govuk-details govuk-!-margin-bottom-0">
            <summary class="govuk-details__summary">
                <span class="govuk-details__summary-text">{t("audit.counted")}</span>
            </summary>
            <div class="govuk-details__text">
                <p class="govuk-body">{daysText(plain(word(limit!, "value")))}</p>
                {days.length > 0 && (
                    <ol class="govuk-list">
                        {days.map((row, i) => (
                            <li key={i}>{daysText(plain(word(row, "value")))}</li>
                        ))}
                    </ol>
                )}
            </div>
        </details>
    );
}

function Duties(props: { rows: Row[]; names: Names }) {
    const head = (key: Key) => (
        <th scope="col" class="govuk-table__header">
            {t(key)}
        </th>
    );
    return (
        <div class="hf-wide" role="region" aria-label={t("audit.duties")} tabIndex={0}>
            <table class="govuk-table">
                <caption class="govuk-table__caption govuk-table__caption--s">{t("audit.duties")}</caption>
                <thead class="govuk-table__head">
                    <tr class="govuk-table__row">
                        {head("audit.duty")}
                        {head("audit.about")}
                        {head("audit.column.value")}
                    </tr>
                </thead>
                <tbody class="govuk-table__body">
                    {together(props.rows, "field").map((duty) => {
                        const counted = duty.rows.filter((row) => row.part === "counted");
                        const first = duty.rows[0]!;
                        return (
                            <tr class="govuk-table__row" key={duty.key}>
                                <th scope="row" class="govuk-table__header">
                                    {duty.key.split(".")[0]}
                                </th>
                                <td class="govuk-table__cell">
                                    {props.names.kind(word(first, "type"))} <span class="hf-quiet">{word(first, "id").slice(-8)}</span>
                                </td>
                                <td class="govuk-table__cell">
                                    {daysText(plain(word(first, "value"))).replace(/^[a-z_]+/, codeText)}
                                    {counted.length > 0 && <Counted rows={counted} />}
                                </td>
                            </tr>
                        );
                    })}
                </tbody>
            </table>
        </div>
    );
}

function Case(props: { name: string; rows: Row[]; names: Names }) {
    const of = (...parts: string[]) => props.rows.filter((row) => parts.includes(word(row, "part")));
    const records = together(of("record", "beside"), "id");
    const duties = of("duty", "counted");
    const held = of("held");
    const digest = of("digest")[0];
    return (
        <section>
            <h3 class="govuk-heading-m">{props.name}</h3>
            {records.length > shownMax && <p class="govuk-body">{t("audit.firstRows", { shown: shownMax, all: records.length })}</p>}
            {records.slice(0, shownMax).map((record) => (
                <Record rows={record.rows} names={props.names} key={record.key} />
            ))}
            {duties.length > 0 && <Duties rows={duties} names={props.names} />}
            {held.length > 0 && (
                <>
                    <h4 class="govuk-heading-s">{t("audit.held")}</h4>
                    <ul class="govuk-list govuk-list--bullet">
                        {held.map((row, i) => (
                            <li key={i}>
                                {plain(word(row, "field"))}: {plain(word(row, "value"))}
                            </li>
                        ))}
                    </ul>
                </>
            )}
            {digest && (
                <p class="govuk-body hf-quiet hf-text">
                    {t("audit.digest")}: {word(digest, "value")}
                </p>
            )}
        </section>
    );
}

const ids = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

export function Known(props: { rows: Row[] }) {
    const kind = useKindName();
    const types = new Map<string, string>();
    const called = new Map<string, string>();
    for (const row of props.rows) {
        if (row.part === "record") types.set(word(row, "id"), word(row, "type"));
        if (row.part === "record" && row.field === "name") called.set(word(row, "id"), word(row, "value"));
    }
    const meant = (value: string) => value.replace(ids, (id) => called.get(id) ?? [kind(types.get(id) ?? ""), id.slice(-8)].filter(Boolean).join(" "));
    const names = { kind, meant, fields: useFields([...new Set(props.rows.map((row) => word(row, "type")))].filter((type) => /^[a-z_]+$/.test(type))) };
    const cases = new Map<string, Row[]>();
    for (const row of props.rows) {
        const name = word(row, "reference") || word(row, "case");
        cases.set(name, [...(cases.get(name) ?? []), row]);
    }
    return (
        <>
            {[...cases].map(([name, rows]) => (
                <Case name={name === "(all)" ? t("audit.allCases") : name === "(office)" ? t("audit.officeCase") : isolate(name)} rows={rows} names={names} key={name} />
            ))}
        </>
    );
}
