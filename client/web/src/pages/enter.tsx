// Before anything is shown: the address that does not work any more, the passphrase, joining an office.
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, get, post, Session } from "../api";
import { useTitle } from "../layout";
import { takeSession } from "../store";
import { answerLang, t } from "../strings";
import { KeyringUnlock } from "./device";

function Screen(props: { children: preact.ComponentChildren }) {
    return (
        <main class="hf-page" id="main">
            {props.children}
        </main>
    );
}

export function Lost(props: { why: string }) {
    useTitle("");
    const gone = props.why === "gone";
    return (
        <Screen>
            <h1 class="govuk-heading-l">{t(gone ? "gone.title" : "lost.title")}</h1>
            <p class="govuk-body" lang={answerLang(props.why)}>
                {gone ? t("gone.text") : props.why}
            </p>
            <p class="govuk-body">{t("lost.next")}</p>
        </Screen>
    );
}

/** One message above the form, which takes the focus, and links to its field. */
export function ErrorSummary(props: { problems: { field: string; text: string }[] }) {
    const box = useRef<HTMLDivElement>(null);
    const said = props.problems.map((problem) => problem.text).join("\n");
    useEffect(() => {
        if (said) box.current?.focus();
    }, [said]);
    if (!props.problems.length) return null;
    const jump = (field: string) => (event: Event) => {
        event.preventDefault();
        document.getElementById(field)?.focus();
    };
    return (
        <div class="govuk-error-summary" tabIndex={-1} ref={box}>
            <div role="alert">
                <h2 class="govuk-error-summary__title">{t("error.title")}</h2>
                <ul class="govuk-list govuk-error-summary__list">
                    {props.problems.map((problem) => (
                        <li key={problem.field + problem.text}>
                            <a href={`#${problem.field}`} onClick={jump(problem.field)} lang={answerLang(problem.text)}>
                                {problem.text}
                            </a>
                        </li>
                    ))}
                </ul>
            </div>
        </div>
    );
}

function Secret(props: { id: string; label: string; hint?: string; value: string; now: boolean; onInput: (value: string) => void }) {
    return (
        <div class="govuk-form-group">
            <label class="govuk-label govuk-label--s" for={props.id}>
                {props.label}
            </label>
            {props.hint && (
                <div id={`${props.id}-hint`} class="govuk-hint">
                    {props.hint}
                </div>
            )}
            <input
                class="govuk-input"
                type="password"
                id={props.id}
                autocomplete={props.now ? "current-password" : "new-password"}
                aria-describedby={props.hint ? `${props.id}-hint` : undefined}
                value={props.value}
                onInput={(event) => props.onInput((event.target as HTMLInputElement).value)}
            />
        </div>
    );
}

function useSending(): [boolean, string, (work: () => Promise<void>) => void] {
    const [busy, setBusy] = useState(false);
    const [problem, setProblem] = useState("");
    const send = (work: () => Promise<void>) => {
        if (busy) return;
        setBusy(true);
        setProblem("");
        work().then(
            () => setBusy(false),
            (error: ApiError) => (setBusy(false), setProblem(error.message || t("gone.text"))),
        );
    };
    return [busy, problem, send];
}

export function Unlock() {
    const [passphrase, setPassphrase] = useState("");
    const [busy, problem, send] = useSending();
    useTitle("");
    useEffect(() => document.getElementById("passphrase")?.focus(), []);
    const unlock = (event: Event) => {
        event.preventDefault();
        send(async () => {
            const session = await post<Session>("/api/session/unlock", { passphrase });
            setPassphrase("");
            takeSession(session);
        });
    };
    return (
        <Screen>
            <ErrorSummary problems={problem ? [{ field: "passphrase", text: problem }] : []} />
            <h1 class="govuk-heading-l">{t("unlock.title")}</h1>
            <form onSubmit={unlock}>
                <Secret id="passphrase" label={t("unlock.passphrase")} value={passphrase} now={true} onInput={setPassphrase} />
                <button class="govuk-button" type="submit" disabled={busy}>
                    {t(busy ? "unlock.busy" : "unlock.button")}
                </button>
            </form>
            <KeyringUnlock />
        </Screen>
    );
}

interface Enrolled {
    safety_code: string;
    waiting: boolean;
}

function SafetyCode(props: { enrolled: Enrolled }) {
    const go = () => void get<Session>("/api/session").then(takeSession);
    return (
        <Screen>
            <h1 class="govuk-heading-l">{t("enrol.done")}</h1>
            <p class="govuk-body">{t("enrol.compare")}</p>
            <p class="govuk-heading-m">{props.enrolled.safety_code}</p>
            {props.enrolled.waiting && <p class="govuk-body">{t("enrol.waiting")}</p>}
            <button class="govuk-button" type="button" onClick={go}>
                {t("enrol.go")}
            </button>
        </Screen>
    );
}

export function Enrol() {
    const [invitation, setInvitation] = useState("");
    const [first, setFirst] = useState("");
    const [again, setAgain] = useState("");
    const [enrolled, setEnrolled] = useState<Enrolled | null>(null);
    const [own, setOwn] = useState<{ field: string; text: string }[]>([]);
    const [busy, problem, send] = useSending();
    useTitle("");
    if (enrolled) return <SafetyCode enrolled={enrolled} />;
    const enrol = (event: Event) => {
        event.preventDefault();
        const missing = [];
        if (!invitation.trim()) missing.push({ field: "invitation", text: t("enrol.needInvitation") });
        if (!first) missing.push({ field: "passphrase", text: t("enrol.needPassphrase") });
        else if (first !== again) missing.push({ field: "again", text: t("enrol.different") });
        setOwn(missing);
        if (missing.length === 0)
            send(async () => {
                setEnrolled(await post<Enrolled>("/api/session/enrol", { invitation: invitation.trim(), passphrase: first }));
                setFirst("");
                setAgain("");
            });
    };
    return (
        <Screen>
            <ErrorSummary problems={own.length ? own : problem ? [{ field: "invitation", text: problem }] : []} />
            <h1 class="govuk-heading-l">{t("enrol.title")}</h1>
            <p class="govuk-body">{t("enrol.text")}</p>
            <form onSubmit={enrol} noValidate>
                <div class="govuk-form-group">
                    <label class="govuk-label govuk-label--s" for="invitation">
                        {t("enrol.invitation")}
                    </label>
                    <textarea
                        class="govuk-textarea"
                        rows={3}
                        id="invitation"
                        autocomplete="off"
                        spellcheck={false}
                        value={invitation}
                        onInput={(event) => setInvitation((event.target as HTMLTextAreaElement).value)}
                    />
                </div>
                <Secret id="passphrase" label={t("enrol.passphrase")} hint={t("enrol.passphraseHint")} value={first} now={false} onInput={setFirst} />
                <Secret id="again" label={t("enrol.again")} value={again} now={false} onInput={setAgain} />
                <button class="govuk-button" type="submit" disabled={busy}>
                    {t(busy ? "enrol.busy" : "enrol.button")}
                </button>
            </form>
        </Screen>
    );
}
