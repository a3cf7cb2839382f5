import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { foldEditor } from '../shell/layout.ts';
import { Button, IconButton } from '../shared/Button.tsx';
import { Menu, MenuItem } from '../shared/Menu.tsx';
import { notify } from '../shared/notices.ts';
import { activateFile, addFile, closeFile, type EditorFile, renameFile, reopenFile, useFiles } from './files.ts';
import styles from './FileTabs.module.css';

const NEW_FILE = 'untitled.yaml';

function NameField({ file, onDone }: { readonly file: EditorFile; readonly onDone: () => void }): React.JSX.Element {
  const { t } = useTranslation('editor');
  const field = useRef<HTMLInputElement>(null);
  const [name, setName] = useState(file.name);
  useEffect(() => {
    field.current?.focus();
    field.current?.setSelectionRange(0, Math.max(0, file.name.lastIndexOf('.')));
  }, [file.name]);
  const keep = (): void => { renameFile(file.id, name); onDone(); };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.key !== 'Enter' && event.key !== 'Escape') return;
    event.preventDefault();
    if (event.key === 'Enter') keep();
    else onDone();
  };
  return (
    <input ref={field} className={styles['field']} aria-label={t('renamePrompt')} data-testid="file-name" value={name} size={Math.max(8, name.length)}
      spellCheck={false} autoComplete="off" onChange={(event) => setName(event.target.value)} onBlur={keep} onKeyDown={onKeyDown} />
  );
}

function Tab({ file, active, renaming, onRename }: {
  readonly file: EditorFile; readonly active: boolean; readonly renaming: boolean; readonly onRename: (id: string | undefined) => void;
}): React.JSX.Element {
  const { t } = useTranslation(['editor', 'shell']);
  const tab = useRef<HTMLLIElement>(null);
  useEffect(() => { if (active) tab.current?.scrollIntoView({ block: 'nearest', inline: 'nearest' }); }, [active]);
  const close = (): void => {
    const closed = closeFile(file.id);
    if (closed !== undefined) notify(t('editor:closed', { name: file.name }), { action: { label: t('shell:undoAction'), run: () => reopenFile(closed) } });
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.key === 'F2') onRename(file.id);
    if (event.key === 'Delete') close();
  };
  return (
    <li ref={tab} className={styles['tab']} data-active={active || undefined} data-testid="file-tab">
      {renaming ? <NameField file={file} onDone={() => onRename(undefined)} /> : (
        <button type="button" className={styles['name']} aria-current={active || undefined} title={file.name} onClick={() => activateFile(file.id)}
          onDoubleClick={() => onRename(file.id)} onKeyDown={onKeyDown} onAuxClick={(event) => { if (event.button === 1) close(); }}>
          {file.name}
        </button>
      )}
      <IconButton small icon="close" label={t('editor:close', { name: file.name })} className={styles['close']} onClick={close} />
    </li>
  );
}

/** The open files, a way to more of them, and the switch that folds the editor away. */
export function FileTabs({ onSamples }: { readonly onSamples: () => void }): React.JSX.Element {
  const { t } = useTranslation(['editor', 'shell']);
  const { files, activeId } = useFiles();
  const [renaming, setRenaming] = useState<string>();
  return (
    <div className={styles['strip']}>
      <ul className={styles['tabs']} aria-label={t('editor:files')}>
        {files.map((file) => <Tab key={file.id} file={file} active={file.id === activeId} renaming={file.id === renaming} onRename={setRenaming} />)}
      </ul>
      <Menu trigger={<Button icon="add" className={styles['square']} aria-label={t('editor:add')} data-testid="add-file" />}>
        <MenuItem icon="file" testId="new-file" onSelect={() => addFile(NEW_FILE, '')}>{t('editor:newFile')}</MenuItem>
        <MenuItem icon="samples" testId="open-samples" onSelect={onSamples}>{t('editor:samples')}</MenuItem>
        {activeId !== undefined && <MenuItem icon="edit" testId="rename-file" onSelect={() => setTimeout(() => setRenaming(activeId))}>{t('editor:rename')}</MenuItem>}
      </Menu>
      <span className={styles['spring']} />
      <IconButton icon="foldLeft" label={t('shell:panels.foldEditor')} data-testid="fold-editor" onClick={() => foldEditor(true)} />
    </div>
  );
}
