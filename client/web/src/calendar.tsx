// A day for somebody's own calendar: a file with a neutral title, made by the app.
import { t } from "./strings";

export function CalendarLinks(props: { record: string; invitations?: boolean }) {
    const path = `/api/records/${props.record}/calendar.ics`;
    return (
        <>
            <li>
                <a class="govuk-link" href={path} download="holdfast.ics">
                    {t("ics.link")}
                </a>
            </li>
            {props.invitations !== false && (
                <li>
                    <a class="govuk-link" href={`${path}?method=request`} download="invitation.ics">
                        {t("ics.invite")}
                    </a>
                </li>
            )}
        </>
    );
}
