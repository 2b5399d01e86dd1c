// Talking to the app's own handler. docs/app.md lists the routes.
import { noteAnswer } from "./strings";

export class ApiError extends Error {
    constructor(
        readonly status: number, // 0: no answer
        readonly reason: string,
        text: string,
    ) {
        super(text);
    }
}

let formToken = "";
let onLost: (error: ApiError) => void = () => undefined;

export function useFormToken(token: string): void {
    formToken = token;
}

/** Called for every 401 and 423: the session or the key is gone. */
export function whenLost(handler: (error: ApiError) => void): void {
    onLost = handler;
}

async function ask<T>(path: string, init: RequestInit): Promise<T> {
    let answer: Response;
    try {
        answer = await fetch(path, { ...init, cache: "no-store", credentials: "same-origin" });
    } catch {
        throw new ApiError(0, "network", "");
    }
    const body = (await answer.json().catch(() => ({}))) as { error?: string; text?: string };
    if (answer.ok) return body as T;
    noteAnswer(body.text ?? "");
    const error = new ApiError(answer.status, body.error ?? "", body.text ?? "");
    if (answer.status === 401 || answer.status === 423) onLost(error);
    throw error;
}

export function get<T>(path: string): Promise<T> {
    return ask<T>(path, { method: "GET" });
}

export function post<T>(path: string, body: unknown, keepalive = false): Promise<T> {
    const headers = { "Content-Type": "application/json", "X-Holdfast-Form": formToken };
    return ask<T>(path, { method: "POST", headers, body: JSON.stringify(body), keepalive });
}

// --- what the routes give ---

export interface Identity {
    person: string;
    name: string;
    role: string;
    authority: string;
    address: string;
    device: string;
    enrolled: boolean;
    revoked: boolean;
}
export interface Session {
    state: "empty" | "locked" | "unlocked";
    form_token: string;
    version: string;
    idle_ms: number;
    news: number;
    identity: Identity | null;
}
export interface Sync {
    phase: "rest" | "connecting" | "running" | "failed";
    error: string;
    text: string;
    tried_at: string | null;
    saved_here: number;
    sent: number;
    received: number;
    held: number;
    waiting: number;
    conflicts: number;
    decided: number;
    oldest_unsent: string | null;
    last_sync: string | null;
    unverified: number; // records that came as the office's word and are not yet verified back to their signatures
    cases: number;
    records: number;
}
export interface News {
    news: number;
    records: boolean;
    locked: boolean;
    sync: Sync | null;
}
export interface CaseRow {
    id: string;
    reference: string;
    child: string;
    records: number;
    conflicts: number;
    unsent: number;
}
export type Sent = "saved_here" | "sent" | "received";
export interface Statement {
    id: string;
    kind: string; // disputes, adds, explains
    said_by: string;
    words: string;
    made_on: string;
    answer: string; // open, entry_amended, entry_stands, in_part
    answer_reason?: string; // left out on sheets for others than professionals
}
export interface Restriction {
    who: string; // office_only, managers_and_office
    ground: string;
    since: string;
}
/** What is shown wherever an entry is: on its page, and in each row of a sheet. */
export interface Disputed {
    statements: Statement[];
    restriction: Restriction | null;
}
export interface RecordRow {
    id: string;
    case: string;
    parent: string | null;
    type: string;
    label: string;
    title: string;
    due: string;
    status: string;
    conflicts: number;
    sent: Sent;
    is_final: boolean;
    unverified?: boolean; // not yet verified back to its signatures; only where one record is read
    amendments: number; // open ones
    deleted: string;
    with?: string; // the field that was asked for besides
    role?: string; // of somebody around the child: they are called by it
}
export interface Person {
    id: string;
    name: string;
}
export interface FieldRow {
    name: string;
    label: string;
    kind: string;
    values: string[];
    in_conflict: boolean;
}
export interface FieldInfo {
    name: string;
    label: string;
    kind: "value" | "text" | "status" | "verbatim" | "set" | "append";
    type: "text" | "int" | "bool" | "date" | "time" | "code" | "ref";
    bytes_max: number;
    codes: string[] | null;
    duty: string;
}
export interface TypeRow {
    name: string;
    label: string;
}
export interface Change {
    id: string;
    time: string;
    author: string;
    own: boolean;
    sent: Sent;
    log_index: number;
    proof_size: number; // of the checkpoint that this device checked it in; 0: it keeps no proof
    proved: string | null; // when that checkpoint was checked
    held: string;
    waiting: boolean;
    reason: string;
    edits: Edit[];
}
export interface Edit {
    field: string;
    label: string;
    value: string;
    passed_over: { author: string; value: string; own: boolean }[];
}
export interface ChronologyLine extends Change {
    record: string;
    type: string;
    label: string;
    title: string;
}
export interface Conflict {
    case: string;
    record: string;
    type: string;
    field: string;
    label: string;
    code: string;
    base: string;
    values: {
        change: string;
        value: string;
        author: string;
        device: string;
        device_number: number; // among the author's devices, in the order in which they joined; 0: not known here
        this_device: boolean;
        time: string; // by the clock of that device
        clock_offset_ms: number; // the office's less that one's, as the office measured it; 0: it was right, or nobody measured
    }[];
    suggestion: string;
    suggestion_parts: { text: string; by: string; removed: boolean }[];
    decider: string;
}
export interface Draft {
    record: string;
    case: string;
    parent: string | null;
    reference: string;
    type: string;
    label: string;
    slot: string;
    cursor: string;
    preview: string;
    updated_at: string;
    own: boolean;
    same_person: boolean;
    shared: boolean;
    held_back: boolean; // it was shared, until the office decided that such drafts are not
    is_new: boolean;
    changed_since: boolean;
    person: string;
    device: string;
    device_number: number; // as of a value of a clash
    done_at: string | null; // of a copy: when its words were saved on the device that they came from
}
export interface OwnDraft extends Draft {
    values: Record<string, string>; // as typed; elements of a set one per line
    changed: string[]; // fields that hold something else by now than what the person saw
}
/** What a form is about: given back with every request about it. */
export interface OpenForm {
    record: string;
    case: string;
    type: string;
    parent: string | null;
    slot: string | null;
    seen: number;
    is_new: boolean;
    fields: FieldRow[];
    draft: OwnDraft | null;
    drafts: Draft[];
    waits: Waits | null; // of the draft as it stands
}
/** Whom something waits for once it is saved, by the rights of the procedure; null: it counts at once. */
export interface Waits {
    id: string;
    about: string;
    asks: string;
    lacks: boolean; // one of the roles is there; what the decision needs is not
    roles: string[];
}
export interface Saved {
    record: string;
    change: string | null;
    saved_at: string;
}
