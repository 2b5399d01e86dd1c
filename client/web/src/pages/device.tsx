// This device: the time it may work without the office, and this computer's keyring, which opens it without the passphrase.
import { useState } from "preact/hooks";
import { ApiError, get, post, Session } from "../api";
import { useEffect } from "preact/hooks";
import { announce, takeSession, useData } from "../store";
import { plural, t, timeText } from "../strings";
import { ErrorSummary } from "./enter";

interface Lease {
    days: number;
    ends: string | null;
    is_over: boolean;
}

function Keyring() {
    const { data } = useData<{ on: boolean }>("/api/session/keyring");
    const [changed, setChanged] = useState<boolean | null>(null);
    const [passphrase, setPassphrase] = useState("");
    const [problem, setProblem] = useState("");
    if (!data) return null;
    const on = changed ?? data.on;
    const set = (event: Event) => {
        event.preventDefault();
        post<{ on: boolean }>("/api/session/keyring", { passphrase, on: !on }).then(
            (now) => (setChanged(now.on), setProblem(""), announce(t(now.on ? "keyring.isOn" : "keyring.isOff"))),
            (error: ApiError) => setProblem(error.message || t("gone.text")),
        );
        setPassphrase("");
    };
    return (
        <details class="govuk-details">
            <summary class="govuk-details__summary">
                <span class="govuk-details__summary-text">{t("keyring.title")}</span>
            </summary>
            <form class="govuk-details__text" onSubmit={set}>
                <ErrorSummary problems={problem ? [{ field: "keyring-passphrase", text: problem }] : []} />
                <p class="govuk-body">{t(on ? "keyring.isOn" : "keyring.isOff")}</p>
                <p class="govuk-body">{t("keyring.text")}</p>
                <div class="govuk-form-group">
                    <label class="govuk-label" for="keyring-passphrase">
                        {t("unlock.passphrase")}
                    </label>
                    <input class="govuk-input" type="password" id="keyring-passphrase" autocomplete="current-password" value={passphrase} onInput={(event) => setPassphrase((event.target as HTMLInputElement).value)} />
                </div>
                <button class="govuk-button" type="submit">
                    {t(on ? "keyring.turnOff" : "keyring.turnOn")}
                </button>
            </form>
        </details>
    );
}

export function ThisDevice() {
    const { data: lease } = useData<Lease>("/api/lease");
    return (
        <section>
            <h2 class="govuk-heading-m">{t("device.title")}</h2>
            {lease && <p class="govuk-body">{plural("device.lease", lease.days, { time: timeText(lease.ends) })}</p>}
            <Keyring />
        </section>
    );
}

/** Beside the passphrase, where this computer's keyring was turned on. */
export function KeyringUnlock() {
    const [on, setOn] = useState(false);
    const [problem, setProblem] = useState("");
    useEffect(() => void get<{ on: boolean }>("/api/session/keyring").then((found) => setOn(found.on), () => undefined), []);
    if (!on) return null;
    const unlock = () => void post<Session>("/api/session/unlock_keyring", {}).then(takeSession, (error: ApiError) => setProblem(error.message || t("gone.text")));
    return (
        <>
            {problem && <p class="govuk-error-message" role="alert">{problem}</p>}
            <button class="govuk-button govuk-button--secondary" type="button" onClick={unlock}>
                {t("keyring.unlock")}
            </button>
        </>
    );
}
