// Help that needs no network, at the same place on every page.
import { Heading, useTitle } from "../layout";
import { Key, t } from "../strings";

const parts: [Key, Key][] = [
    ["help.saving", "help.savingText"],
    ["help.sending", "help.sendingText"],
    ["help.clash", "help.clashText"],
    ["help.privacy", "help.privacyText"],
    ["help.keys", "help.keysText"],
];

export function Help() {
    useTitle(t("help.title"));
    return (
        <>
            <Heading>{t("help.title")}</Heading>
            {parts.map(([title, text]) => (
                <section key={title}>
                    <h2 class="govuk-heading-m">{t(title)}</h2>
                    <p class="govuk-body">{t(text)}</p>
                </section>
            ))}
        </>
    );
}

export function NotFound() {
    useTitle(t("notFound.title"));
    return (
        <>
            <Heading>{t("notFound.title")}</Heading>
            <p class="govuk-body">{t("notFound.text")}</p>
        </>
    );
}
