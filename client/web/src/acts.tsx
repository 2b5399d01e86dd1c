// Acts on a record as a whole: making it final, deciding over an amendment, deleting, restoring, escalating, replying.
import { useState } from "preact/hooks";
import { ApiError, FieldInfo, post, RecordRow, Waits } from "./api";
import { Duty, DutyItem } from "./duties";
import { editText } from "./fields";
import { useNamed } from "./named";
import { announce, useData } from "./store";
import { answerLang, codeText, labelText, plural, t, timeText } from "./strings";
import { ErrorSummary } from "./pages/enter";
import { WaitsFor } from "./waits";

interface Amendment {
    id: string;
    state: "open" | "accepted" | "declined";
    author: string;
    reason: string;
    time: string;
    fields: { field: string; label: string; original: string; proposed: string }[];
    decided_by: string;
    decision_reason: string;
    decided: string | null;
}

interface Choice {
    text: string;
    path: string;
    body?: (words: string) => object;
    warning?: boolean;
}

/** A text, and one button for each thing to be done with it. */
function WithWords(props: { id: string; label: string; hint?: string; choices: Choice[]; optional?: boolean; children?: preact.ComponentChildren; onDone?: () => void }) {
    const [words, setWords] = useState("");
    const [problem, setProblem] = useState("");
    const [busy, setBusy] = useState(false);
    const act = (choice: Choice) => {
        if (!words.trim() && !props.optional) return setProblem(t("act.needWords"));
        setBusy(true);
        post(choice.path, choice.body ? choice.body(words.trim()) : { reason: words.trim() || null })
            .then(
                () => (setWords(""), setProblem(""), announce(t("act.done")), props.onDone?.()),
                (error: ApiError) => setProblem(error.message || t("gone.text")),
            )
            .then(() => setBusy(false));
    };
    return (
        <>
            <ErrorSummary problems={problem ? [{ field: props.id, text: problem }] : []} />
            {props.children}
            <div class={`govuk-form-group${problem ? " govuk-form-group--error" : ""}`}>
                <label class="govuk-label govuk-label--s" for={props.id}>
                    {props.label}
                </label>
                {props.hint && (
                    <div class="govuk-hint" id={`${props.id}-hint`}>
                        {props.hint}
                    </div>
                )}
                <textarea class="govuk-textarea" dir="auto" rows={3} id={props.id} value={words} aria-describedby={props.hint ? `${props.id}-hint` : undefined} onInput={(event) => setWords((event.target as HTMLTextAreaElement).value)} />
            </div>
            <div class="govuk-button-group">
                {props.choices.map((choice) => (
                    <button type="button" key={choice.path} class={`govuk-button${choice.warning ? " govuk-button--warning" : ""}`} disabled={busy} onClick={() => act(choice)}>
                        {choice.text}
                    </button>
                ))}
            </div>
        </>
    );
}

function Behind(props: { title: string; children: preact.ComponentChildren }) {
    return (
        <details class="govuk-details">
            <summary class="govuk-details__summary">
                <span class="govuk-details__summary-text">{props.title}</span>
            </summary>
            <div class="govuk-details__text">{props.children}</div>
        </details>
    );
}

/** What is missing, by duty, and making it final. Saving needs none of it. Folded where it is not what the page is for. */
/** unasked: why no procedure asks for anything yet, in place of the words that nothing is missing. */
export function Finalise(props: { row: RecordRow; folded?: boolean; unasked?: preact.ComponentChildren }) {
    if (props.folded)
        return (
            <Behind title={t("final.title")}>
                <MakeFinal row={props.row} />
            </Behind>
        );
    return (
        <section>
            <h2 class="govuk-heading-m">{t("final.title")}</h2>
            <MakeFinal row={props.row} unasked={props.unasked} />
        </section>
    );
}

function MakeFinal(props: { row: RecordRow; unasked?: preact.ComponentChildren }) {
    const { data, error } = useData<{ duties: Duty[]; waits: Waits | null }>(`/api/records/${props.row.id}/missing`);
    const count = data?.duties.length ?? 0;
    return (
        <>
            {error && <p class="govuk-body" lang={answerLang(error.message)}>{error.message}</p>}
            {data && <p class="govuk-body">{count ? plural("final.missing", count) : (props.unasked ?? t("final.ready"))}</p>}
            {count > 0 && (
                <ul class="hf-duties">
                    {data?.duties.map((duty) => (
                        <DutyItem duty={duty} key={duty.id} here={props.row.id} />
                    ))}
                </ul>
            )}
            {data && count === 0 && <WaitsFor waits={data.waits} />}
            {data && count === 0 && <WithWords id="final-reason" label={t("final.note")} hint={t("final.hint")} optional={true} choices={[{ text: t("final.do"), path: `/api/records/${props.row.id}/finalise` }]} />}
        </>
    );
}

function AmendmentBox(props: { row: RecordRow; amendment: Amendment; mayDecide: boolean }) {
    const { amendment, row } = props;
    const { data: infos } = useData<{ fields: FieldInfo[] }>(`/api/types/${row.type}`);
    const named = useNamed(row.case);
    const read = (field: string, value: string) => editText(infos?.fields.find((info) => info.name === field), value, named ?? []);
    const base = `/api/records/${row.id}/amendments/${amendment.id}`;
    return (
        <div class="hf-version govuk-!-margin-bottom-4">
            <h3 class="govuk-heading-s">{t(`amendment.${amendment.state}`)}</h3>
            <p class="govuk-body">{t("amendment.by", { author: amendment.author, time: timeText(amendment.time) })}</p>
            {amendment.reason && <p class="govuk-body">{t("chronology.reason", { reason: amendment.reason })}</p>}
            {amendment.fields.map((field) => (
                <div class="hf-versus" key={field.field}>
                    <div class="hf-version hf-version--base">
                        <h4 class="govuk-heading-s">{t("amendment.original", { label: labelText(`${row.type}.${field.field}`, field.label) })}</h4>
                        <div class="hf-text" dir="auto">{field.original ? read(field.field, field.original) : t("clash.noBase")}</div>
                    </div>
                    <div class="hf-version">
                        <h4 class="govuk-heading-s">{t("amendment.proposed", { label: labelText(`${row.type}.${field.field}`, field.label) })}</h4>
                        <div class="hf-text" dir="auto">{field.proposed ? read(field.field, field.proposed) : t("record.cleared")}</div>
                    </div>
                </div>
            ))}
            {amendment.decided && (
                <p class="govuk-body">
                    {t("amendment.decided", { author: amendment.decided_by, time: timeText(amendment.decided) })} {amendment.decision_reason && t("chronology.reason", { reason: amendment.decision_reason })}
                </p>
            )}
            {amendment.state === "open" && props.mayDecide && (
                <WithWords
                    id={`decide-${amendment.id}`}
                    label={t("amendment.reason")}
                    choices={[
                        { text: t("amendment.accept"), path: `${base}/accept` },
                        { text: t("amendment.decline"), path: `${base}/decline`, warning: true },
                    ]}
                />
            )}
        </div>
    );
}

/** What is proposed and what was decided; the original stays in sight. */
export function Amendments(props: { row: RecordRow; mayDecide: boolean }) {
    const { data } = useData<{ amendments: Amendment[] }>(props.row.is_final ? `/api/records/${props.row.id}/amendments` : null);
    if (!data?.amendments.length) return null;
    return (
        <section>
            <h2 class="govuk-heading-m">{t("amendment.title")}</h2>
            {data.amendments.map((amendment) => (
                <AmendmentBox row={props.row} amendment={amendment} key={amendment.id} mayDecide={props.mayDecide} />
            ))}
        </section>
    );
}

export function Remove(props: { row: RecordRow }) {
    const { row } = props;
    if (row.is_final || row.type === "case" || row.type === "person") return null;
    if (row.deleted === "deleted") return <WithWords id="restore" label={t("remove.restoreReason")} choices={[{ text: t("remove.restore"), path: `/api/records/${row.id}/restore` }]} />;
    return (
        <Behind title={t("remove.title")}>
            <WithWords id="remove" label={t("remove.reason")} hint={t("remove.hint")} choices={[{ text: t("remove.title"), path: `/api/records/${row.id}/delete`, warning: true }]} />
        </Behind>
    );
}

interface Ladder {
    next: number; // the level that comes next; 0: none
    role: string; // whom the procedure's ladder names for it
    name: string;
    levels: { role: string; name: string }[]; // level 1 first
    waits: Waits | null;
}

function rungText(rung: { role: string; name: string } | undefined): string {
    return rung ? [rung.role ? codeText(rung.role) : "", rung.name].filter(Boolean).join(", ") : "";
}

/** An outstanding action goes up the procedure's ladder, by a person and with a reason. */
export function Escalate(props: { row: RecordRow }) {
    const [chosen, setLevel] = useState(0);
    const [effect, setEffect] = useState("");
    const [done, setDone] = useState("");
    const { data: first } = useData<Ladder>(`/api/records/${props.row.id}/ladder`);
    const level = chosen || first?.next || 1; // the next one, unless the person says otherwise
    const { data } = useData<Ladder>(`/api/records/${props.row.id}/ladder?level=${level}`);
    const textOf = (number: number) => {
        const who = rungText(data?.levels[number - 1]);
        return who ? t("escalate.levelOf", { n: number, who }) : t(`escalate.level.${number}` as "escalate.level.1");
    };
    return (
        <Behind title={t("escalate.title")}>
            {done && <p class="govuk-inset-text">{done}</p>}
            {data && data.next > 0 && <p class="govuk-body">{t("escalate.next", { n: data.next, who: rungText(data) })}</p>}
            <WaitsFor waits={data?.waits ?? null} />
            <WithWords
                id="escalate"
                label={t("escalate.reason")}
                choices={[{ text: t("escalate.do"), path: `/api/records/${props.row.id}/escalate`, body: (reason) => ({ level, reason, delay_effect: effect.trim() || null }) }]}
                onDone={() => (setDone(t("escalate.done", { who: textOf(level) })), setLevel(0), setEffect(""))}
            >
                <fieldset class="govuk-fieldset govuk-!-margin-bottom-4">
                    <legend class="govuk-fieldset__legend govuk-fieldset__legend--s">{t("escalate.level")}</legend>
                    <div class="govuk-radios govuk-radios--small">
                        {[1, 2, 3].map((number) => (
                            <div class="govuk-radios__item" key={number}>
                                <input class="govuk-radios__input" type="radio" name="level" id={`level-${number}`} checked={level === number} onChange={() => setLevel(number)} />
                                <label class="govuk-label govuk-radios__label" for={`level-${number}`}>
                                    {textOf(number)}
                                </label>
                            </div>
                        ))}
                    </div>
                </fieldset>
                {level === 3 && (
                    <div class="govuk-form-group">
                        <label class="govuk-label govuk-label--s" for="effect">
                            {t("escalate.effect")}
                        </label>
                        <textarea class="govuk-textarea" dir="auto" rows={3} id="effect" value={effect} onInput={(event) => setEffect((event.target as HTMLTextAreaElement).value)} />
                    </div>
                )}
            </WithWords>
        </Behind>
    );
}

export function Reply(props: { row: RecordRow }) {
    return <WithWords id="reply" label={t("escalate.reply")} choices={[{ text: t("escalate.doReply"), path: `/api/records/${props.row.id}/reply`, body: (text) => ({ text }) }]} />;
}
