// "Why is this asked?": the rules of the procedures in force behind a field, in plain words.
import { useEffect, useState } from "preact/hooks";
import { get } from "./api";
import { procedureName } from "./procedures";
import { useStore } from "./store";
import { englishLang, t } from "./strings";
import { Policy, Rule } from "./pages/procedures";

const kept = new Map<string, Promise<Rule[]>>(); // by name and version: a version never changes

async function rulesOf(ids: string[]): Promise<Rule[]> {
    const { policies } = await get<{ policies: Policy[] }>("/api/policies");
    const packs = await Promise.all(
        policies
            .filter((policy) => policy.in_force)
            .map((policy) => {
                const key = `${policy.name} ${policy.version}`;
                const rules = kept.get(key) ?? get<{ rules: Rule[] }>(`/api/policies/rules?name=${encodeURIComponent(policy.name)}`).then((answer) => answer.rules);
                rules.catch(() => kept.delete(key));
                kept.set(key, rules);
                return rules;
            }),
    );
    return packs.flat().filter((rule) => ids.includes(rule.id));
}

function Rules(props: { ids: string[] }) {
    const { session } = useStore();
    const [rules, setRules] = useState<Rule[] | null>(null);
    const unlocked = session?.state === "unlocked";
    useEffect(() => {
        let wanted = true;
        if (unlocked) rulesOf(props.ids).then((found) => wanted && setRules(found), () => wanted && setRules([]));
        return () => void (wanted = false);
    }, [unlocked]);
    const unknown = rules ? props.ids.filter((id) => !rules.some((rule) => rule.id === id)) : [];
    return (
        <>
            {rules?.map((rule) => (
                <div key={rule.id}>
                    <p class="govuk-body govuk-!-margin-bottom-1" lang={englishLang()}>
                        <strong>{rule.title}.</strong> {rule.help}
                    </p>
                    <p class="hf-duty__more govuk-!-margin-bottom-3">{t("duty.rule", { policy: procedureName(rule.policy), version: rule.version, duty: rule.id })}</p>
                </div>
            ))}
            {unknown.length > 0 && <p class="govuk-body">{t("field.duty", { duty: unknown.join(", ") })}</p>}
        </>
    );
}

export function Why(props: { duty: string; field: string }) {
    const [open, setOpen] = useState(false);
    if (!props.duty) return null;
    return (
        <details class="govuk-details hf-why" onToggle={(event) => setOpen((event.target as HTMLDetailsElement).open)}>
            <summary class="govuk-details__summary">
                <span class="govuk-details__summary-text">{t("field.why")}</span>
                <span class="govuk-visually-hidden">{`: ${props.field}`}</span>
            </summary>
            {open && (
                <div class="govuk-details__text">
                    <Rules ids={props.duty.split(" ")} />
                </div>
            )}
        </details>
    );
}
