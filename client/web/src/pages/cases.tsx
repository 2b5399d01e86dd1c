// The caseload.
import { useState } from "preact/hooks";
import { ApiError, CaseRow, post } from "../api";
import { Heading, useTitle } from "../layout";
import { go, Link } from "../router";
import { useData, useStore } from "../store";
import { answerLang, plural, t } from "../strings";
import { Drafts } from "./drafts";
import { ErrorSummary } from "./enter";

function NewCase() {
    const [reference, setReference] = useState("");
    const [problem, setProblem] = useState("");
    const open = (event: Event) => {
        event.preventDefault();
        post<{ id: string }>("/api/cases", { reference: reference.trim() }).then(
            (made) => go(`/case/${made.id}`),
            (error: ApiError) => setProblem(error.message || t("gone.text")),
        );
    };
    return (
        <details class="govuk-details">
            <summary class="govuk-details__summary">
                <span class="govuk-details__summary-text">{t("cases.new")}</span>
            </summary>
            <form class="govuk-details__text" onSubmit={open}>
                <ErrorSummary problems={problem ? [{ field: "reference", text: problem }] : []} />
                <div class="govuk-form-group">
                    <label class="govuk-label govuk-label--s" for="reference">
                        {t("cases.reference")}
                    </label>
                    <div id="reference-hint" class="govuk-hint">
                        {t("cases.referenceHint")}
                    </div>
                    <input
                        class="govuk-input govuk-input--width-20"
                        id="reference"
                        autocomplete="off"
                        aria-describedby="reference-hint"
                        value={reference}
                        onInput={(event) => setReference((event.target as HTMLInputElement).value)}
                    />
                </div>
                <button class="govuk-button" type="submit">
                    {t("cases.open")}
                </button>
            </form>
        </details>
    );
}

export function CaseItem(props: { row: CaseRow }) {
    const { row } = props;
    return (
        <li>
            <Link to={`/case/${row.id}`}>{row.child ? t("cases.name", { child: row.child, reference: row.reference }) : row.reference}</Link>
            <span class="hf-rows__more">
                <span>{plural("cases.records", row.records)}</span>
                {row.unsent > 0 && <strong class="govuk-tag govuk-tag--yellow">{plural("cases.unsent", row.unsent, { words: t("sent.saved_here") })}</strong>}
                {row.conflicts > 0 && <strong class="govuk-tag govuk-tag--orange">{plural("cases.conflicts", row.conflicts)}</strong>}
            </span>
        </li>
    );
}

export function Cases() {
    const { data, error } = useData<{ cases: CaseRow[] }>("/api/cases");
    const { session } = useStore();
    useTitle(t("cases.title"));
    const cases = data?.cases.filter((row) => row.reference !== "" || row.records > 0) ?? [];
    return (
        <>
            <Heading>{t("cases.title")}</Heading>
            {error && <p class="govuk-body" lang={answerLang(error.message)}>{error.message}</p>}
            <Drafts />
            {data && cases.length === 0 && <p class="govuk-body">{t("cases.none")}</p>}
            {cases.length > 0 && (
                <ul class="hf-rows">
                    {cases.map((row) => (
                        <CaseItem row={row} key={row.id} />
                    ))}
                </ul>
            )}
            {session?.identity?.role !== "auditor" && <NewCase />}
            {session?.identity?.role === "worker" && (
                <p class="govuk-body">
                    <Link to="/urgent">{t("urgent.link")}</Link>
                </p>
            )}
        </>
    );
}
