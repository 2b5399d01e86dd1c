// Searching what is on this device, also without a network.
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, get } from "../api";
import { Heading, useTitle } from "../layout";
import { Link } from "../router";
import { useData } from "../store";
import { labelText, plural, t, titleText } from "../strings";
import { useCaseNames } from "../named";
import { recordPath } from "./case";

interface Found {
    record: string;
    case: string;
    reference: string;
    type: string;
    label: string;
    title: string;
    field: string;
    field_label: string;
    snippet: string;
}
interface Answer {
    found: Found[];
    cases: number;
    more: boolean;
}

/** The words that were found stand between [ and ]. */
function Snippet(props: { text: string }) {
    const parts = props.text.split(/\[([^\]]*)\]/);
    return <>{parts.map((part, i) => (i % 2 ? <mark key={i}>{part}</mark> : part))}</>;
}

function pathOf(row: Found): string {
    return row.type === "case" ? `/case/${row.case}` : recordPath({ type: row.type, id: row.record });
}

export function Search() {
    const { data: here } = useData<Answer>("/api/search?q=");
    const [words, setWords] = useState("");
    const [answer, setAnswer] = useState<Answer | null>(null);
    const [problem, setProblem] = useState("");
    const asked = useRef(0);
    const cases = useCaseNames();
    useTitle(t("search.title"));
    const look = () => {
        const number = ++asked.current;
        get<Answer>(`/api/search?q=${encodeURIComponent(words.trim())}`).then(
            (found) => number === asked.current && (setAnswer(found), setProblem("")),
            (error: ApiError) => number === asked.current && setProblem(error.message || t("gone.text")),
        );
    };
    useEffect(() => {
        if (!words.trim()) return void setAnswer(null);
        const timer = setTimeout(look, 300);
        return () => clearTimeout(timer);
    }, [words]);
    return (
        <>
            <Heading>{t("search.title")}</Heading>
            <form
                role="search"
                onSubmit={(event) => {
                    event.preventDefault();
                    look();
                }}
            >
                <div class="govuk-form-group govuk-!-margin-bottom-2">
                    <label class="govuk-label govuk-label--s" for="words">
                        {t("search.words")}
                    </label>
                    <div id="words-hint" class="govuk-hint">
                        {plural("search.where", answer?.cases ?? here?.cases ?? 0)}
                    </div>
                    <input class="govuk-input" type="search" id="words" autocomplete="off" aria-describedby="words-hint" value={words} onInput={(event) => setWords((event.target as HTMLInputElement).value)} />
                </div>
                <button class="govuk-button" type="submit">
                    {t("search.title")}
                </button>
            </form>
            {problem && <p class="govuk-error-message">{problem}</p>}
            <p class="govuk-body" role="status">
                {answer && words.trim() ? plural(answer.more ? "search.foundMore" : "search.found", answer.found.length) : ""}
            </p>
            {answer && answer.found.length > 0 && (
                <ul class="hf-duties">
                    {answer.found.map((row) => (
                        <li class="hf-duty" key={row.record}>
                            <div class="hf-duty__head">
                                <Link to={pathOf(row)}>{titleText(row.title) || labelText(row.type, row.label)}</Link>
                            </div>
                            <p class="hf-duty__more">
                                {labelText(row.type, row.label)} · {cases.get(row.case) || row.reference} · {labelText(`${row.type}.${row.field}`, row.field_label)}
                            </p>
                            <p class="govuk-body govuk-!-margin-bottom-0">
                                <Snippet text={row.snippet} />
                            </p>
                        </li>
                    ))}
                </ul>
            )}
        </>
    );
}
