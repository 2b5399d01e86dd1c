// Why a case is read that is not one's own: asked, never needed; it stands in the read log beside what was opened.
import { useEffect, useState } from "preact/hooks";
import { ApiError, get, post } from "./api";
import { announce, useStore } from "./store";
import { t } from "./strings";
import { ErrorSummary } from "./pages/enter";

interface Reading {
    own: boolean;
    reason: string; // given since the case was unlocked; "" when none was
}

export function ReadingWhy(props: { caseId: string | undefined }) {
    const { session } = useStore();
    const [reading, setReading] = useState<Reading | null>(null);
    const [words, setWords] = useState("");
    const [problem, setProblem] = useState("");
    const path = `/api/cases/${props.caseId}/reading`;
    useEffect(() => {
        let wanted = true;
        setReading(null);
        if (props.caseId && session?.state === "unlocked") get<Reading>(path).then((found) => wanted && setReading(found), () => undefined); // a case that is not here says so itself
        return () => void (wanted = false);
    }, [path, session?.state]);
    if (!reading || reading.own) return null;
    if (reading.reason) return <p class="govuk-hint">{t("reading.noted", { reason: reading.reason })}</p>;
    const keep = (event: Event) => {
        event.preventDefault();
        if (!words.trim()) return setProblem(t("reading.need"));
        post(path, { reason: words.trim() }).then(
            () => (setReading({ own: false, reason: words.trim() }), setProblem(""), announce(t("reading.kept"))),
            (error: ApiError) => setProblem(error.message || t("gone.text")),
        );
    };
    return (
        <form class="govuk-inset-text hf-why" onSubmit={keep} autocomplete="off">
            <ErrorSummary problems={problem ? [{ field: "reading-why", text: problem }] : []} />
            <label class="govuk-label govuk-label--s" for="reading-why">
                {t("reading.why")}
            </label>
            <div class="govuk-hint" id="reading-why-hint">
                {t("reading.hint")}
            </div>
            <input class="govuk-input" type="text" id="reading-why" maxLength={400} aria-describedby="reading-why-hint" value={words} onInput={(event) => setWords((event.target as HTMLInputElement).value)} />
            <button class="govuk-button govuk-button--secondary govuk-!-margin-top-2 govuk-!-margin-bottom-0" type="submit">
                {t("reading.keep")}
            </button>
        </form>
    );
}
