import { useTranslation } from 'react-i18next';
import { useWorld } from '../../view/store.ts';
import { formatVirtualTime } from '../shell/virtualTime.ts';
import { inspectMessage } from '../stage/inspect.ts';
import styles from './Timeline.module.css';

const ROWS_MAX = 600;

/** The timeline as a table, newest first: what the canvas shows, for those who read or search rather than look. */
export function MessageList(): React.JSX.Element {
  const { t } = useTranslation('timeline');
  const marks = useWorld((state) => state.marks);
  const version = useWorld((state) => state.marksVersion);
  const position = useWorld((state) => state.model.position);
  const end = marks.after(position);
  const rows = Array.from({ length: Math.min(ROWS_MAX, end) }, (_, i) => marks.at(end - 1 - i)).filter((mark) => mark !== undefined);
  return (
    <div className={styles['list']} data-version={version}>
      <table data-testid="message-list">
        <caption className={styles['hidden']}>{t('listCaption')}</caption>
        <thead><tr><th>{t('time')}</th><th>{t('from')}</th><th>{t('to')}</th><th>{t('what')}</th></tr></thead>
        <tbody>
          {rows.map((mark) => (
            <tr key={mark.id} data-testid="message-row" data-kind={mark.kind} data-from={mark.from} data-to={mark.to} data-label={mark.label}>
              <td>{formatVirtualTime(mark.deliverUs)}</td><td title={mark.from}>{mark.from}</td><td title={mark.to}>{mark.to}</td>
              <td><button type="button" onClick={() => inspectMessage(mark.id)}>{mark.label}{mark.refused ? ` · ${t('refused')}` : ''}</button></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
