// What a person must know before anything else: the time without the office is over, or this device's clock is off.
import { Link } from "./router";
import { useData } from "./store";
import { plural, t, timeText } from "./strings";

interface Lease {
    days: number;
    ends: string | null;
    is_over: boolean;
    clock_offset_ms: number;
}

const SOON_MS = 2 * 24 * 60 * 60 * 1000;
const CLOCK_MS = 2 * 60 * 1000; // a clock that is off by less changes no limit

export function Notices() {
    const { data } = useData<Lease>("/api/lease");
    if (!data) return null;
    const soon = !data.is_over && data.ends !== null && Date.parse(data.ends) - Date.now() < SOON_MS;
    const minutes = Math.round(Math.abs(data.clock_offset_ms) / 60000);
    return (
        <>
            {(data.is_over || soon) && (
                <div class="hf-notice">
                    <p class="govuk-body govuk-!-margin-bottom-1">
                        <strong>{t(data.is_over ? "lease.over" : "lease.soon", { time: timeText(data.ends) })}</strong> {plural(data.is_over ? "lease.overText" : "lease.soonText", data.days)}
                    </p>
                    <Link to="/sync">{t("lease.sync")}</Link>
                </div>
            )}
            {Math.abs(data.clock_offset_ms) > CLOCK_MS && (
                <div class="hf-notice">
                    <p class="govuk-body govuk-!-margin-bottom-0">{plural(data.clock_offset_ms > 0 ? "clock.behind" : "clock.ahead", minutes)}</p>
                </div>
            )}
        </>
    );
}
