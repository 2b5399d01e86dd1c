// What every part of the page knows: the session, the state of sending, and when to look again.
import { useEffect, useState } from "preact/hooks";
import { ApiError, get, News, post, Session, Sync, useFormToken, whenLost } from "./api";

export interface State {
    session: Session | null; // null: not asked yet
    refused: string; // why there is no session; "" otherwise
    sync: Sync | null;
    records: number; // grows when records have changed: read again
    said: string; // for the live region
    language: number; // grows when another language was chosen
    hidden: boolean; // quick hide
}

let state: State = { session: null, refused: "", sync: null, records: 0, said: "", language: 0, hidden: false };
const listeners = new Set<() => void>();

export function getState(): State {
    return state;
}

export function setState(change: Partial<State>): void {
    state = { ...state, ...change };
    listeners.forEach((listener) => listener());
}

export function useStore(): State {
    const [seen, see] = useState(state);
    useEffect(() => {
        const listener = () => see(state);
        listeners.add(listener);
        listener();
        return () => void listeners.delete(listener);
    }, []);
    return seen;
}

/** Says something through the polite live region. */
export function announce(text: string): void {
    if (text !== state.said) setState({ said: text });
}

export function takeSession(session: Session): void {
    useFormToken(session.form_token);
    // Locked, the app does not say who it belongs to; the page that is open stays as it is, unseen.
    const identity = session.identity ?? (session.state === "locked" ? (state.session?.identity ?? null) : null);
    setState({ session: { ...session, identity }, refused: "" });
}

/** Reads a route again whenever records have changed. path null: nothing to read yet. */
export function useData<T>(path: string | null): { data: T | null; error: ApiError | null } {
    const { records, session } = useStore();
    const [data, setData] = useState<T | null>(null);
    const [error, setError] = useState<ApiError | null>(null);
    const unlocked = session?.state === "unlocked" && !session.identity?.revoked; // a revoked device gives no record
    useEffect(() => {
        let wanted = true;
        if (path && unlocked)
            get<T>(path).then(
                (found) => wanted && (setData(found), setError(null)),
                (failed: ApiError) => wanted && failed.status !== 423 && setError(failed),
            );
        return () => void (wanted = false);
    }, [path, records, unlocked]);
    return { data, error };
}

// --- beginning ---

function lost(error: ApiError): void {
    if (error.status === 401) setState({ session: null, refused: error.message });
    else if (state.session) setState({ session: { ...state.session, state: "locked" } });
}

async function listen(): Promise<void> {
    let after = state.session?.news ?? 0;
    for (;;) {
        try {
            const news = await get<News>(`/api/news?after=${after}`);
            after = news.news;
            // An answer that was on its way when the page was unlocked is out of date.
            const locked = news.locked && news.news >= (state.session?.news ?? 0) && state.session?.state === "unlocked" && state.session;
            setState({
                sync: news.sync ?? state.sync,
                records: news.records ? state.records + 1 : state.records,
                session: locked ? { ...locked, state: "locked" } : state.session,
                refused: "",
            });
        } catch (error) {
            if (error instanceof ApiError && error.status === 401) return;
            if (error instanceof ApiError && error.status === 0) setState({ refused: "gone" });
            await new Promise((resolve) => setTimeout(resolve, 2000));
        }
    }
}

/** Shows the launch token once, if the address has one, then reads the session. */
export async function begin(): Promise<void> {
    whenLost(lost);
    const launch = /^#launch=([0-9a-f]{64})$/.exec(location.hash);
    try {
        if (launch) {
            history.replaceState(null, "", "/#/");
            takeSession(await post<Session>("/api/launch", { token: launch[1] }));
        } else {
            takeSession(await get<Session>("/api/session"));
        }
        void listen();
    } catch (error) {
        if (launch && error instanceof ApiError) {
            // A page that was loaded again has its session still.
            await get<Session>("/api/session").then((session) => (takeSession(session), void listen()), () => setState({ refused: error.message }));
        } else {
            setState({ refused: error instanceof ApiError ? error.message || "gone" : "gone" });
        }
    }
}

// --- a sign of a person, at most twice a minute ---

let toldActive = 0;
export function watchPerson(): void {
    const active = () => {
        const now = Date.now();
        if (now - toldActive < 30000 || state.session?.state !== "unlocked") return;
        toldActive = now;
        post("/api/session/active", {}).catch(() => undefined);
    };
    for (const event of ["keydown", "pointerdown", "scroll"]) addEventListener(event, active, { passive: true, capture: true });
}
