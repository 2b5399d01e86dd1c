// Whom and what a field can name: the records of the case, members of staff, and other cases on this device.
import { CaseRow, Person, RecordRow } from "./api";
import { otherCase } from "./fields";
import { useData } from "./store";
import { t } from "./strings";

export function caseName(row: CaseRow | undefined): string {
    if (!row) return "";
    return row.child ? t("cases.name", { child: row.child, reference: row.reference }) : row.reference;
}

/** What each case on this device is called, by its id: for lists over all of them. */
export function useCaseNames(): Map<string, string> {
    const { data } = useData<{ cases: CaseRow[] }>("/api/cases");
    return new Map(data?.cases.map((row) => [row.id, caseName(row)]));
}

/** Who is around the child is called by their role there, where one is recorded. */
export function useRoles(caseId: string | undefined): (rows: RecordRow[]) => RecordRow[] {
    const { data } = useData<{ records: RecordRow[] }>(caseId ? `/api/records?case=${caseId}&type=contact&with=role` : null);
    const roles = new Map(data?.records.map((row) => [row.id, row.with]));
    return (rows) => rows.map((row) => ({ ...row, role: roles.get(row.id) || "" }));
}

/** What a field that names somebody or something can name: records of the case, and staff. */
export function useNamed(caseId: string | undefined): RecordRow[] | null {
    const { data: all } = useData<{ records: RecordRow[] }>(caseId ? `/api/records?case=${caseId}` : null);
    const { data: staff } = useData<{ people: Person[] }>("/api/people");
    const { data: cases } = useData<{ cases: CaseRow[] }>(caseId ? "/api/cases" : null);
    const withRoles = useRoles(caseId);
    if (!all || !staff || !cases) return null;
    const row = (type: string, id: string, label: string, title: string): RecordRow => ({ id, case: "", parent: null, type, label, title, due: "", status: "", conflicts: 0, sent: "received", is_final: false, amendments: 0, deleted: "" });
    const people = staff.people.map((person) => row("person", person.id, t("people.staff"), person.name));
    const others = cases.cases.filter((one) => one.id !== caseId).map((one) => row(otherCase, one.id, t("case.title"), caseName(one)));
    return [...withRoles(all.records), ...people, ...others];
}
