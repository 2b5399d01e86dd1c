// One field with two values: both side by side, what both began from, and the decision.
import { useState } from "preact/hooks";
import { ApiError, Conflict, FieldInfo, post, RecordRow } from "../api";
import { valueText } from "../fields";
import { Back, Heading, spanText, useTitle } from "../layout";
import { useCaseNames, useNamed } from "../named";
import { Link } from "../router";
import { announce, useData, useStore } from "../store";
import { answerLang, labelText, t, timeText, titleText } from "../strings";
import { PageProps } from "../pages";
import { recordPath } from "./case";
import { ErrorSummary } from "./enter";

/** When and on which device: the time is what that device's clock said, and how far that one was off stands beside it. */
function writtenText(value: Conflict["values"][number]): string {
    const device = value.this_device ? t("clash.thisDevice") : value.device_number ? t("clash.device", { n: value.device_number, author: value.author }) : t("clash.otherDevice");
    const off = value.clock_offset_ms;
    const clock = off ? t(off > 0 ? "clash.clockSlow" : "clash.clockFast", { age: spanText(Math.abs(off)) }) : "";
    return [timeText(value.time), device, clock].filter(Boolean).join(", ");
}

function Merged(props: { conflict: Conflict }) {
    return (
        <>
            {props.conflict.suggestion_parts.map((part, i) => {
                const who = part.by === "first" ? props.conflict.values[0]?.author : part.by === "second" ? props.conflict.values[1]?.author : "";
                const words = part.removed ? <del>{part.text}</del> : who ? <ins>{part.text}</ins> : part.text;
                return (
                    <p class="govuk-body hf-text" key={i}>
                        {who && <span class="govuk-caption-m">{t(part.removed ? "clash.tookOut" : "clash.putIn", { author: who })}</span>}
                        {words}
                    </p>
                );
            })}
        </>
    );
}

function OneClash(props: { conflict: Conflict; record: RecordRow | undefined; records: RecordRow[]; caseName: string | undefined }) {
    const { conflict } = props;
    const { data: infos } = useData<{ fields: FieldInfo[] }>(`/api/types/${conflict.type}`);
    const { session } = useStore();
    const info = infos?.fields.find((field) => field.name === conflict.field);
    const [choice, setChoice] = useState(conflict.suggestion ? "own" : "");
    const [own, setOwn] = useState(conflict.suggestion);
    const [reason, setReason] = useState("");
    const [problems, setProblems] = useState<{ field: string; text: string }[]>([]);
    const [busy, setBusy] = useState(false);
    const name = `clash-${conflict.code}`;
    const writes = info?.kind === "text" || (info?.kind === "value" && info.type === "text");
    const named = useNamed(conflict.case) ?? props.records; // staff as well
    const read = (value: string) => (value ? valueText(info, value, named) : t("record.cleared"));
    const settle = (event: Event) => {
        event.preventDefault();
        const missing = [];
        if (!choice) missing.push({ field: `${name}-0`, text: t("clash.needChoice") });
        if (!reason.trim()) missing.push({ field: `${name}-reason`, text: t("clash.needReason") });
        setProblems(missing);
        if (missing.length || busy) return;
        setBusy(true);
        const decision = { record: conflict.record, field: conflict.field, code: conflict.code, pick: choice === "own" ? null : choice, value: choice === "own" ? own : null, reason: reason.trim() };
        post("/api/conflicts/settle", decision).then(
            () => announce(t("clash.settled")),
            (error: ApiError) => (setBusy(false), setProblems([{ field: `${name}-0`, text: error.message || t("gone.text") }])),
        );
    };
    return (
        <section>
            <h2 class="govuk-heading-m">{t("record.named", { label: props.record ? labelText(props.record.type, props.record.label) : conflict.type, title: labelText(`${conflict.type}.${conflict.field}`, conflict.label) })}</h2>
            {props.record && (
                <p class="govuk-body">
                    {props.caseName && <>{props.caseName}: </>}
                    <Link to={recordPath(props.record)}>{titleText(props.record.title) || t("clash.record")}</Link>
                </p>
            )}
            <div class="hf-versus">
                {conflict.values.map((value, i) => (
                    <div class="hf-version" key={value.change}>
                        <h3 class="govuk-heading-s">{t("clash.version", { n: i + 1, author: value.author })}</h3>
                        <p class="govuk-body-s">{writtenText(value)}</p>
                        <p class="govuk-body hf-text" dir="auto">{read(value.value)}</p>
                    </div>
                ))}
                <div class="hf-version hf-version--base">
                    <h3 class="govuk-heading-s">{t("clash.base")}</h3>
                    <p class="govuk-body hf-text" dir="auto">{conflict.base ? read(conflict.base) : t("clash.noBase")}</p>
                </div>
            </div>
            {conflict.suggestion && (
                <details class="govuk-details">
                    <summary class="govuk-details__summary">
                        <span class="govuk-details__summary-text">{t("clash.how")}</span>
                    </summary>
                    <div class="govuk-details__text">
                        <Merged conflict={conflict} />
                    </div>
                </details>
            )}
            <p class="govuk-body">{t("clash.decider", { decider: conflict.decider })}</p>
            {session?.identity?.role !== "auditor" && (
                <form onSubmit={settle}>
                    <ErrorSummary problems={problems} />
                    <fieldset class="govuk-fieldset govuk-form-group">
                        <legend class="govuk-fieldset__legend govuk-fieldset__legend--s">{t("clash.choose")}</legend>
                        <div class="govuk-radios">
                            {conflict.values.map((value, i) => (
                                <div class="govuk-radios__item" key={value.change}>
                                    <input class="govuk-radios__input" type="radio" id={`${name}-${i}`} name={name} checked={choice === value.change} onChange={() => setChoice(value.change)} />
                                    <label class="govuk-label govuk-radios__label" for={`${name}-${i}`}>
                                        {t("clash.pick", { n: i + 1, author: value.author })}
                                    </label>
                                </div>
                            ))}
                            {writes && (
                                <div class="govuk-radios__item">
                                    <input class="govuk-radios__input" type="radio" id={`${name}-own`} name={name} checked={choice === "own"} onChange={() => setChoice("own")} />
                                    <label class="govuk-label govuk-radios__label" for={`${name}-own`}>
                                        {t("clash.own")}
                                    </label>
                                </div>
                            )}
                        </div>
                    </fieldset>
                    {choice === "own" && (
                        <div class="govuk-form-group">
                            <label class="govuk-label govuk-label--s" for={`${name}-text`}>
                                {t(conflict.suggestion ? "clash.combined" : "clash.text")}
                            </label>
                            <textarea class="govuk-textarea" dir="auto" rows={8} id={`${name}-text`} value={own} onInput={(event) => setOwn((event.target as HTMLTextAreaElement).value)} />
                        </div>
                    )}
                    <div class="govuk-form-group">
                        <label class="govuk-label govuk-label--s" for={`${name}-reason`}>
                            {t("clash.reason")}
                        </label>
                        <textarea class="govuk-textarea" dir="auto" rows={2} id={`${name}-reason`} value={reason} onInput={(event) => setReason((event.target as HTMLTextAreaElement).value)} />
                    </div>
                    <button class="govuk-button" type="submit" disabled={busy}>
                        {t("clash.settle")}
                    </button>
                </form>
            )}
        </section>
    );
}

export function Clashes(props: PageProps) {
    const only = props.params.record;
    const { data, error } = useData<{ conflicts: Conflict[] }>(only ? `/api/conflicts?record=${only}` : "/api/conflicts");
    const { data: all } = useData<{ records: RecordRow[] }>("/api/records");
    const cases = useCaseNames();
    useTitle(t("clash.title"));
    const records = all?.records ?? [];
    return (
        <>
            {only && <Back to={`/record/${only}`} />}
            <Heading>{t("clash.title")}</Heading>
            {error && <p class="govuk-body" lang={answerLang(error.message)}>{error.message}</p>}
            <p class="govuk-body">{t("clash.text1")}</p>
            {data?.conflicts.length === 0 && <p class="govuk-body">{t("clash.none")}</p>}
            {data?.conflicts.map((conflict) => (
                <OneClash conflict={conflict} key={conflict.code} record={records.find((row) => row.id === conflict.record)} records={records} caseName={cases.get(conflict.case)} />
            ))}
        </>
    );
}
