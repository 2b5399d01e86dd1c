// Inputs of pages that are not about a record: a line, a choice.

export function Line(props: { id: string; label: string; hint?: string; value: string; onChange: (value: string) => void }) {
    return (
        <div class="govuk-form-group">
            <label class="govuk-label" for={props.id}>
                {props.label}
            </label>
            {props.hint && (
                <div class="govuk-hint" id={`${props.id}-hint`}>
                    {props.hint}
                </div>
            )}
            <input
                class="govuk-input"
                dir="auto"
                id={props.id}
                autocomplete="off"
                spellcheck={false}
                aria-describedby={props.hint ? `${props.id}-hint` : undefined}
                value={props.value}
                onInput={(event) => props.onChange((event.target as HTMLInputElement).value)}
            />
        </div>
    );
}

export function Select(props: { id: string; label: string; value: string; options: [string, string][]; onChange: (value: string) => void }) {
    return (
        <div class="govuk-form-group">
            <label class="govuk-label" for={props.id}>
                {props.label}
            </label>
            <select class="govuk-select" id={props.id} value={props.value} onChange={(event) => props.onChange((event.target as HTMLSelectElement).value)}>
                {props.options.map(([value, text]) => (
                    <option value={value} key={value}>
                        {text}
                    </option>
                ))}
            </select>
        </div>
    );
}
