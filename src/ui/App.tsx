import { EditorPanel } from './editor/EditorPanel.tsx';
import { places } from './places.ts';
import { TooltipProvider } from './shared/Tooltip.tsx';
import { PageBoundary } from './shell/PageBoundary.tsx';
import { Shell } from './shell/Shell.tsx';

/** The page. */
export function App(): React.JSX.Element {
  return (
    <PageBoundary>
      <TooltipProvider>
        <Shell places={places} editor={<EditorPanel />} />
      </TooltipProvider>
    </PageBoundary>
  );
}
