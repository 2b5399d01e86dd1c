// Typing is saved within two seconds, when a field is left, and when the page is. Nothing waits for the answer.
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, post, Saved } from "./api";
import { announce, getState, useStore } from "./store";
import { clockText, t } from "./strings";

const SAVE_AFTER_MS = 1200; // from the first keystroke that is not saved yet

export type Value = string | string[];
export interface Autosave {
    change(field: string, value: Value): void;
    saveNow(): void;
    state: "clean" | "dirty" | "saved" | "failed";
    savedAt: string | null;
    problem: string;
    record: string; // the record's id, known before the first save
}

interface Work {
    dirty: Map<string, Value>;
    timer: ReturnType<typeof setTimeout> | undefined;
    busy: boolean;
}

export function useAutosave(record: string, onSaved: (saved: Saved) => void): Autosave {
    const work = useRef<Work>({ dirty: new Map(), timer: undefined, busy: false }).current;
    const [state, setState] = useState<Autosave["state"]>("clean");
    const [savedAt, setSavedAt] = useState<string | null>(null);
    const [problem, setProblem] = useState("");
    const { session } = useStore();

    const plan = () => {
        if (work.timer === undefined && !work.busy) work.timer = setTimeout(saveNow, SAVE_AFTER_MS);
    };
    const failed = (error: ApiError, sent: Map<string, Value>) => {
        for (const [field, value] of sent) if (!work.dirty.has(field)) work.dirty.set(field, value);
        setState("failed");
        setProblem(error.message || t("save.failed"));
        announce(error.message || t("save.failed"));
    };
    function saveNow(): void {
        clearTimeout(work.timer);
        work.timer = undefined;
        if (work.busy || work.dirty.size === 0 || getState().session?.state !== "unlocked") return;
        const sent = work.dirty;
        work.dirty = new Map();
        work.busy = true;
        post<Saved>(`/api/forms/${record}/save`, { fields: Object.fromEntries(sent) }, true)
            .then(
                (saved) => {
                    setState(work.dirty.size ? "dirty" : "saved");
                    setSavedAt(saved.saved_at);
                    setProblem("");
                    announce(t("save.saved", { time: clockText(saved.saved_at) }));
                    onSaved(saved);
                },
                (error: ApiError) => failed(error, sent),
            )
            .finally(() => {
                work.busy = false;
                if (work.dirty.size && getState().session?.state === "unlocked" && work.timer === undefined) plan();
            });
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
    }, [record]);
    useEffect(() => {
        if (session?.state === "unlocked") latest.current();
    }, [session?.state]);

    return {
        change(field, value) {
            work.dirty.set(field, value);
            setState("dirty");
            plan();
        },
        saveNow,
        state,
        savedAt,
        problem,
        record,
    };
}
