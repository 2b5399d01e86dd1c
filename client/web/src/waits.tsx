// What a procedure will say of something before it is saved: whom it waits for. Nothing is refused.
import { Waits } from "./api";
import { codeText, currentLanguage, englishLang, t } from "./strings";

function rolesText(roles: string[]): string {
    const names = roles.map((role) => codeText(role)).map((name) => name.charAt(0).toLowerCase() + name.slice(1));
    return new Intl.ListFormat(currentLanguage(), { type: "disjunction" }).format(names);
}

export function WaitsFor(props: { waits: Waits | null }) {
    const { waits } = props;
    return (
        <div role="status">
            {waits && (
                <div class="govuk-inset-text">
                    <p class="govuk-body">{waits.lacks ? t("waits.lacks") : t("waits.others", { roles: rolesText(waits.roles) })}</p>
                    <p class="govuk-body govuk-!-margin-bottom-0" lang={englishLang()}>{waits.lacks ? waits.asks : waits.about}</p>
                </div>
            )}
        </div>
    );
}
