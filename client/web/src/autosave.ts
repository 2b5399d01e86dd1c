// What is typed is kept as a draft within two seconds, when a field is left, and when the page is. Nothing waits for the answer.
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, OpenForm, post, Saved, Waits } from "./api";
import { announce, getState, useStore } from "./store";
import { clockText, t } from "./strings";

const SAVE_AFTER_MS = 1200; // from the first keystroke that is not kept yet

export interface Autosave {
    change(field: string, text: string): void;
    saveNow(): void;
    /** Keeps what is left, and makes one change of the draft; null when nothing was typed. */
    finish(reason?: string): Promise<Saved | null>;
    discard(): Promise<void>;
    state: "clean" | "dirty" | "saved" | "failed";
    savedAt: string | null;
    problem: string;
    hasDraft: boolean;
    waits: Waits | null; // what is typed waits for somebody else once it is saved
}

interface Work {
    dirty: Map<string, string>;
    timer: ReturnType<typeof setTimeout> | undefined;
    busy: Promise<void> | null;
    hasDraft: boolean;
    over: boolean;
}

function about(form: OpenForm): object {
    return { case: form.case, type: form.type, parent: form.is_new ? form.parent : null, slot: form.is_new ? form.slot : null, seen: form.seen };
}

/** Where the person is: "field-notes:142". */
function cursor(): string | null {
    const element = document.activeElement;
    if (!(element instanceof HTMLElement) || !element.id.startsWith("field-")) return null;
    const at = element instanceof HTMLTextAreaElement || (element instanceof HTMLInputElement && element.type === "text") ? element.selectionStart : null;
    return `${element.id}:${at ?? 0}`.slice(0, 200);
}

export function useAutosave(form: OpenForm): Autosave {
    const work = useRef<Work>({ dirty: new Map(), timer: undefined, busy: null, hasDraft: form.draft !== null, over: false }).current;
    const [state, setState] = useState<Autosave["state"]>("clean");
    const [savedAt, setSavedAt] = useState<string | null>(null);
    const [problem, setProblem] = useState("");
    const [waits, setWaits] = useState(form.waits);
    const { session } = useStore();

    const plan = () => {
        if (work.timer === undefined) work.timer = setTimeout(saveNow, SAVE_AFTER_MS);
    };
    const kept = (at: string, then: Waits | null) => {
        work.hasDraft = true;
        setWaits(then);
        setState(work.dirty.size ? "dirty" : "saved");
        setSavedAt(at);
        setProblem("");
        announce(t("save.saved", { time: clockText(at) }));
    };
    const failed = (error: ApiError, sent: Map<string, string>) => {
        for (const [field, text] of sent) if (!work.dirty.has(field)) work.dirty.set(field, text);
        setState("failed");
        setProblem(error.message || t("save.failed"));
        announce(error.message || t("save.failed"));
        if (error.status === 0) plan(); // the program may come back
    };
    async function put(): Promise<void> {
        const sent = work.dirty;
        work.dirty = new Map();
        try {
            const saved = await post<{ saved_at: string; waits: Waits | null }>(`/api/forms/${form.record}/draft`, { ...about(form), fields: Object.fromEntries(sent), cursor: cursor() }, true);
            kept(saved.saved_at, saved.waits);
        } catch (error) {
            failed(error as ApiError, sent);
            throw error;
        }
    }
    function saveNow(): void {
        clearTimeout(work.timer);
        work.timer = undefined;
        if (work.over || work.busy || work.dirty.size === 0 || getState().session?.state !== "unlocked") return;
        let well = true;
        work.busy = put()
            .catch(() => void (well = false))
            .then(() => {
                work.busy = null;
                if (well && work.dirty.size) plan();
            });
    }
    async function finish(reason?: string): Promise<Saved | null> {
        clearTimeout(work.timer);
        work.timer = undefined;
        if (work.busy) await work.busy;
        if (work.dirty.size) await put();
        if (!work.hasDraft) return null;
        if (reason) await post(`/api/forms/${form.record}/draft`, { ...about(form), fields: {}, reason });
        const saved = await post<Saved>(`/api/forms/${form.record}/save`, about(form));
        work.hasDraft = false;
        work.over = true;
        announce(t("save.saved", { time: clockText(saved.saved_at) }));
        return saved;
    }
    async function discard(): Promise<void> {
        work.dirty = new Map();
        if (work.busy) await work.busy;
        work.over = true;
        if (work.hasDraft) await post(`/api/forms/${form.record}/discard`, {});
    }

    const latest = useRef(saveNow);
    latest.current = saveNow;
    useEffect(() => {
        const save = () => latest.current();
        const key = (event: KeyboardEvent) => {
            if ((event.ctrlKey || event.metaKey) && event.key === "s") {
                event.preventDefault();
                save();
            }
        };
        addEventListener("pagehide", save);
        document.addEventListener("visibilitychange", save);
        document.addEventListener("keydown", key);
        return () => {
            removeEventListener("pagehide", save);
            document.removeEventListener("visibilitychange", save);
            document.removeEventListener("keydown", key);
            save();
        };
    }, [form.record]);
    useEffect(() => {
        if (session?.state === "unlocked") latest.current();
    }, [session?.state]);

    return {
        change(field, text) {
            work.dirty.set(field, text);
            setState("dirty");
            plan();
        },
        saveNow,
        finish,
        discard,
        state,
        savedAt,
        problem,
        hasDraft: work.hasDraft,
        waits,
    };
}
