// What kinds of record and their fields are called: the one source, for every list and on every page, is the table of records.
import { useEffect, useState } from "preact/hooks";
import { FieldInfo, get, TypeRow } from "./api";
import { useData } from "./store";
import { codeText, labelText } from "./strings";

/** What a kind of record is called, by its name in the table. */
export function useKindName(): (type: string) => string {
    const { data } = useData<{ types: TypeRow[] }>("/api/types");
    return (type) => labelText(type, data?.types.find((row) => row.name === type)?.label ?? "");
}

export type Fields = Map<string, FieldInfo[]>;

/** The fields of every kind of record that is shown, so that what is folded opens at once, on paper too. */
export function useFields(types: string[]): Fields {
    const [known, setKnown] = useState<Fields>(new Map());
    const wanted = types.filter((type) => !known.has(type)).join(" ");
    useEffect(() => {
        let here = true;
        const ask = (type: string) => get<{ fields: FieldInfo[] }>(`/api/types/${type}`).then((answer): [string, FieldInfo[]] => [type, answer.fields]);
        if (wanted) Promise.all(wanted.split(" ").map(ask)).then((found) => here && setKnown(new Map([...known, ...found])), () => undefined);
        return () => void (here = false);
    }, [wanted]);
    return known;
}

export function fieldName(fields: Fields, type: string, name: string): string {
    return labelText(`${type}.${name}`, fields.get(type)?.find((field) => field.name === name)?.label ?? codeText(name));
}
