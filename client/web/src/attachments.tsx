// Photographs, papers, a film beside a record: what there is, adding one in pieces, fetching and taking one out.
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, get, post, Sent } from "./api";
import { downloadBytes } from "./download";
import { SentTag } from "./layout";
import { Link } from "./router";
import { announce, useData } from "./store";
import { answerLang, currentLanguage, plural, t } from "./strings";
import { ErrorSummary } from "./pages/enter";

interface Attachment {
    id: string;
    title: string;
    name: string;
    type: string;
    bytes: number;
    here_bytes: number;
    office_bytes: number;
    sent: Sent;
    place: "here" | "wanted" | "office" | "clash" | "lost";
    own: boolean;
    why: string;
}
interface Piece {
    from: number;
    next: number | null;
    content: string;
}

const STEP = 0x8000; // as many bytes as may be arguments of one call

function sizeText(bytes: number): string {
    const [n, key] = bytes < 1e6 ? [Math.max(1, Math.round(bytes / 1e3)), "attach.kilobytes" as const] : [bytes / 1e6, "attach.megabytes" as const];
    return t(key, { n: n.toLocaleString(currentLanguage(), { maximumFractionDigits: 1 }) });
}

async function toBase64(part: Blob): Promise<string> {
    const bytes = new Uint8Array(await part.arrayBuffer());
    let text = "";
    for (let at = 0; at < bytes.length; at += STEP) text += String.fromCharCode(...bytes.subarray(at, at + STEP));
    return btoa(text);
}

/** All of an attachment, piece by piece, into a file of no type: nothing that was attached is ever shown by the browser. */
async function takeOut(row: Attachment): Promise<void> {
    const parts: Uint8Array<ArrayBuffer>[] = [];
    for (let from: number | null = 0; from !== null; ) {
        const piece: Piece = await get<Piece>(`/api/attachments/${row.id}/piece?from=${from}`);
        parts.push(Uint8Array.from(atob(piece.content), (letter) => letter.charCodeAt(0)));
        from = piece.next;
    }
    downloadBytes(row.name, parts);
}

// --- adding ---

interface Target {
    caseId: string;
    record: string;
}
interface Going {
    stop: boolean;
}

/** Sends a file. False when it was stopped on the way: then nothing of it is kept. */
async function send(to: Target, file: File, title: string, going: Going, onPart: (done: number) => void): Promise<boolean> {
    const begun = await post<{ upload: string; piece_bytes: number }>("/api/attachments", { case: to.caseId, record: to.record, title: title || null, name: file.name, bytes: file.size });
    const { upload, piece_bytes } = begun;
    try {
        for (let from = 0; from < file.size && !going.stop; from += piece_bytes) {
            const content = await toBase64(file.slice(from, from + piece_bytes));
            if (!going.stop) await post("/api/attachments/piece", { upload, from, content });
            onPart(Math.min(file.size, from + piece_bytes));
        }
        if (!going.stop) {
            await post("/api/attachments/finish", { upload });
            return true;
        }
    } catch (error) {
        await post("/api/attachments/abandon", { upload }).catch(() => undefined);
        throw error;
    }
    await post("/api/attachments/abandon", { upload }).catch(() => undefined);
    return false;
}

function Add(props: Target) {
    const input = useRef<HTMLInputElement>(null);
    const going = useRef<Going | null>(null);
    const [title, setTitle] = useState("");
    const [percent, setPercent] = useState<number | null>(null); // null: nothing is under way
    const [problem, setProblem] = useState("");
    useEffect(() => () => void (going.current && (going.current.stop = true)), []);
    const add = async () => {
        const file = input.current?.files?.[0];
        if (!file) return setProblem(t("attach.choose"));
        const own: Going = { stop: false };
        let told = 0;
        going.current = own;
        setProblem("");
        setPercent(0);
        announce(t("attach.progress", { percent: 0 }));
        const onPart = (done: number) => {
            const now = Math.floor((done / file.size) * 100);
            if (!own.stop) setPercent(now);
            if (now - told >= 25) announce(t("attach.progress", { percent: (told = now) }));
        };
        try {
            const kept = await send(props, file, title.trim(), own, onPart);
            announce(t(kept ? "attach.saved" : "attach.stopped"));
            if (kept) setTitle("");
            if (kept && input.current) input.current.value = "";
        } catch (error) {
            setProblem((error instanceof ApiError && error.message) || t("attach.unread"));
        }
        going.current = null;
        setPercent(null);
    };
    const described = `attach-file-hint${problem ? " attach-file-error" : ""}`;
    return (
        <details class="govuk-details">
            <summary class="govuk-details__summary">
                <span class="govuk-details__summary-text">{t("attach.add")}</span>
            </summary>
            <div class="govuk-details__text">
                <ErrorSummary problems={problem ? [{ field: "attach-file", text: problem }] : []} />
                <div class={`govuk-form-group${problem ? " govuk-form-group--error" : ""}`}>
                    <label class="govuk-label govuk-label--s" for="attach-file">
                        {t("attach.file")}
                    </label>
                    <div class="govuk-hint" id="attach-file-hint">
                        {t("attach.hint")}
                    </div>
                    {problem && (
                        <p class="govuk-error-message" id="attach-file-error">
                            {problem}
                        </p>
                    )}
                    <input class="govuk-file-upload" type="file" id="attach-file" ref={input} aria-describedby={described} disabled={percent !== null} />
                </div>
                <div class="govuk-form-group">
                    <label class="govuk-label govuk-label--s" for="attach-title">
                        {t("attach.title")}
                    </label>
                    <input class="govuk-input" type="text" id="attach-title" value={title} disabled={percent !== null} autocomplete="off" onInput={(event) => setTitle((event.target as HTMLInputElement).value)} />
                </div>
                {percent !== null && (
                    <p class="govuk-body">
                        {t("attach.progress", { percent })}{" "}
                        <button type="button" class="hf-plain-button" onClick={() => going.current && (going.current.stop = true)}>
                            {t("attach.stop")}
                        </button>
                    </p>
                )}
                <button type="button" class="govuk-button" disabled={percent !== null} onClick={() => void add()}>
                    {t("attach.do")}
                </button>
            </div>
        </details>
    );
}

// --- what there is ---

function Row(props: { row: Attachment; onProblem: (text: string) => void }) {
    const { row, onProblem } = props;
    const [busy, setBusy] = useState(false);
    const act = (doing: Promise<unknown>, said: string) => {
        setBusy(true);
        onProblem("");
        doing.then(() => announce(said), (error: ApiError) => onProblem(error.message || t("gone.text"))).then(() => setBusy(false));
    };
    return (
        <li>
            <div>
                <Link to={`/record/${row.id}`}>{row.title}</Link>
                {row.why && <div class="govuk-hint govuk-!-margin-bottom-0">{row.why}</div>}
            </div>
            <span class="hf-rows__more">
                <span>{sizeText(row.bytes)}</span>
                {row.place === "lost" ? <strong class="govuk-tag govuk-tag--red">{t("attach.place.lost")}</strong> : <SentTag sent={row.sent} />}
                {row.place !== "lost" && <span>{t(`attach.place.${row.place}`)}</span>}
                {row.place === "here" && (
                    <button type="button" class="hf-plain-button" id={`attach-${row.id}`} disabled={busy} onClick={() => act(takeOut(row), t("attach.taken"))}>
                        {t("attach.download")}
                        <span class="govuk-visually-hidden">: {row.title}</span>
                    </button>
                )}
                {row.place === "office" && (
                    <button type="button" class="hf-plain-button" disabled={busy} onClick={() => act(post(`/api/attachments/${row.id}/want`, {}), t("attach.place.wanted"))}>
                        {t("attach.want")}
                        <span class="govuk-visually-hidden">: {row.title}</span>
                    </button>
                )}
            </span>
        </li>
    );
}

/** One attachment, on a page of its own: where it is, and taking it out. */
export function OneAttachment(props: { caseId: string; id: string }) {
    const { data } = useData<{ attachments: Attachment[] }>(`/api/attachments?case=${props.caseId}`);
    const [problem, setProblem] = useState("");
    const row = data?.attachments.find((one) => one.id === props.id);
    if (!row) return null;
    return (
        <section id="attachments" tabIndex={-1}>
            <ErrorSummary problems={problem ? [{ field: "attachments", text: problem }] : []} />
            <ul class="hf-rows">
                <Row row={row} onProblem={setProblem} />
            </ul>
            {row.place === "here" && <p class="govuk-hint">{t("attach.plain")}</p>}
        </section>
    );
}

/** All that is attached to any record of a case. */
export function CaseAttachments(props: { caseId: string }) {
    const { data } = useData<{ attachments: Attachment[] }>(`/api/attachments?case=${props.caseId}`);
    const [problem, setProblem] = useState("");
    if (!data?.attachments.length) return null;
    return (
        <details class="hf-section" id="attachments">
            <summary>
                <h2 class="govuk-heading-s govuk-!-margin-bottom-0">{t("attach.heading")}</h2>
                <span>{plural("attach.count", data.attachments.length)}</span>
            </summary>
            <ErrorSummary problems={problem ? [{ field: "attachments", text: problem }] : []} />
            <ul class="hf-rows">
                {data.attachments.map((row) => (
                    <Row row={row} onProblem={setProblem} key={row.id} />
                ))}
            </ul>
        </details>
    );
}

/** The attachments of one record, and a way to add one. */
export function Attachments(props: Target & { mayWrite: boolean }) {
    const { data, error } = useData<{ attachments: Attachment[] }>(`/api/attachments?case=${props.caseId}&record=${props.record}`);
    const [problem, setProblem] = useState("");
    if (!data && !error) return null;
    return (
        <section id="attachments" tabIndex={-1}>
            <h2 class="govuk-heading-m">{t("attach.heading")}</h2>
            <ErrorSummary problems={problem ? [{ field: "attachments", text: problem }] : []} />
            {error && <p class="govuk-body" lang={answerLang(error.message)}>{error.message}</p>}
            {data && data.attachments.length === 0 && <p class="govuk-body">{t("attach.none")}</p>}
            {data && data.attachments.length > 0 && (
                <>
                    <ul class="hf-rows">
                        {data.attachments.map((row) => (
                            <Row row={row} onProblem={setProblem} key={row.id} />
                        ))}
                    </ul>
                    {data.attachments.some((row) => row.place === "here") && <p class="govuk-hint">{t("attach.plain")}</p>}
                </>
            )}
            {props.mayWrite && <Add caseId={props.caseId} record={props.record} />}
        </section>
    );
}
