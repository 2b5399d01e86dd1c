// What somebody said against an entry, in their own words, and a limit on its use: wherever the entry is shown, on paper too.
import { Disputed, Statement } from "./api";
import { codeText, dateText, englishLang, Key, t } from "./strings";

function SaidBeside(props: { row: Statement }) {
    const { row } = props;
    return (
        <div class="govuk-inset-text">
            <p class="govuk-body">
                {t(`dispute.${row.kind || "disputes"}` as Key, { by: row.said_by || t("dispute.somebody") })}
                {row.made_on && `, ${dateText(row.made_on)}`}:
            </p>
            <blockquote class="hf-words" dir="auto">{row.words}</blockquote>
            <p class="govuk-body govuk-!-margin-bottom-0">
                {t(`dispute.answer.${row.answer || "open"}` as Key)} {row.answer_reason && t("chronology.reason", { reason: row.answer_reason })}
            </p>
        </div>
    );
}

export function Disputes(props: { beside: Disputed }) {
    const { statements, restriction } = props.beside;
    return (
        <>
            {restriction && (
                <p class="govuk-inset-text">
                    <strong>{t(`dispute.restricted.${restriction.who}` as Key)}</strong>
                    {restriction.ground && <span lang={englishLang()}> {codeText(restriction.ground)}.</span>}
                    {restriction.since && ` ${t("dispute.since", { date: dateText(restriction.since) })}`}
                </p>
            )}
            {statements.map((row) => (
                <SaidBeside row={row} key={row.id} />
            ))}
        </>
    );
}
