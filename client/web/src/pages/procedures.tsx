// The procedures in force: their rules in plain words, and saying that one was read.
import { useEffect, useState } from "preact/hooks";
import { ApiError, post } from "../api";
import { Back, Heading, useTitle } from "../layout";
import { procedureName } from "../procedures";
import { Link } from "../router";
import { useData } from "../store";
import { answerLang, codeText, dateText, t, timeText } from "../strings";
import { PageProps } from "../pages";
import { ErrorSummary } from "./enter";

export interface Policy {
    name: string;
    version: string;
    effective_from: string;
    in_force: boolean;
    released: string | null;
    released_by: string;
    reread_required: boolean;
    acknowledged: boolean;
}
export interface Rule {
    id: string;
    title: string;
    help: string;
    clears: string;
    strength: string;
    policy: string;
    version: string;
}

/** Who put this version in force, and when. */
export function releasedText(row: { released: string | null; released_by: string }): string {
    return t("policy.released", { person: row.released_by || t("policy.somebody"), time: timeText(row.released) });
}

export function Procedures() {
    const { data, error } = useData<{ policies: Policy[] }>("/api/policies");
    useTitle(t("policy.title"));
    const inForce = data?.policies.filter((policy) => policy.in_force) ?? [];
    return (
        <>
            <Heading>{t("policy.title")}</Heading>
            {error && <p class="govuk-body" lang={answerLang(error.message)}>{error.message}</p>}
            {data && inForce.length === 0 && <p class="govuk-body">{t("policy.none")}</p>}
            {inForce.length > 0 && (
                <ul class="hf-rows">
                    {inForce.map((policy) => (
                        <li key={policy.name}>
                            <Link to={`/procedure/${policy.name}`}>{t("policy.named", { name: procedureName(policy.name), version: policy.version })}</Link>
                            <span class="hf-rows__more">
                                {policy.effective_from && <span>{t("policy.from", { day: dateText(policy.effective_from) })}</span>}
                                {policy.reread_required && <strong class={`govuk-tag ${policy.acknowledged ? "govuk-tag--grey" : "govuk-tag--yellow"}`}>{t(policy.acknowledged ? "policy.wasRead" : "policy.toRead")}</strong>}
                            </span>
                        </li>
                    ))}
                </ul>
            )}
        </>
    );
}

export function Procedure(props: PageProps) {
    const name = props.params.name ?? "";
    const { data, error } = useData<{ rules: Rule[]; about: string }>(`/api/policies/rules?name=${encodeURIComponent(name)}`);
    const { data: all } = useData<{ policies: Policy[] }>("/api/policies");
    const [problem, setProblem] = useState("");
    const [justNow, setJustNow] = useState(false);
    useEffect(() => void (justNow && document.getElementById("read")?.focus()), [justNow]);
    const policy = all?.policies.find((row) => row.name === name && row.in_force);
    useTitle(t("policy.one"));
    const read = () => void post("/api/policies/acknowledge", { name }).then(() => (setProblem(""), setJustNow(true)), (failed: ApiError) => setProblem(failed.message || t("gone.text")));
    return (
        <>
            <Back to="/procedures">{t("policy.title")}</Back>
            <Heading caption={t("policy.one")}>{policy ? t("policy.named", { name: procedureName(name), version: policy.version }) : procedureName(name)}</Heading>
            <ErrorSummary problems={problem ? [{ field: "read", text: problem }] : []} />
            {error && <p class="govuk-body" lang={answerLang(error.message)}>{error.message}</p>}
            {policy?.released && <p class="hf-duty__more">{releasedText(policy)}</p>}
            {data?.about && <p class="govuk-body">{data.about}</p>}
            {policy?.acknowledged && !justNow && <p class="govuk-body">{t("policy.youRead")}</p>}
            {data?.rules.map((rule) => (
                <section key={rule.id} class="hf-rule">
                    <h2 class="govuk-heading-s govuk-!-margin-bottom-1">{rule.title}</h2>
                    <p class="hf-duty__more">{t("policy.rule", { id: rule.id, strength: codeText(rule.strength) })}</p>
                    {rule.help && <p class="govuk-body govuk-!-margin-bottom-1">{rule.help}</p>}
                </section>
            ))}
            {justNow && ( // said where the button was, which keeps the focus
                <p class="govuk-body" id="read" tabIndex={-1}>
                    {t("policy.youRead")}
                </p>
            )}
            {policy && !policy.acknowledged && !justNow && (
                <button type="button" class="govuk-button" id="read" onClick={read}>
                    {t("policy.iRead")}
                </button>
            )}
        </>
    );
}
