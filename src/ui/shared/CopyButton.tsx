import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from './Button.tsx';
import { notify } from './notices.ts';

const TICK_MS = 1_500;

/** Copies a text; the icon turns into a tick for a moment. `text` may be a function where making it is work. */
export function CopyButton({ text, label, small }: { readonly text: string | (() => string); readonly label?: string; readonly small?: boolean }): React.JSX.Element {
  const { t } = useTranslation('shell');
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), TICK_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(typeof text === 'string' ? text : text());
      setCopied(true);
    } catch {
      notify(t('copyFailed'), { kind: 'problem' });
    }
  };
  return <IconButton icon={copied ? 'check' : 'copy'} label={label ?? t('copy')} hint={copied ? t('copied') : (label ?? t('copy'))} small={small} onClick={() => void copy()} />;
}
