import { useTranslation } from 'react-i18next';
import { glyphShape, type Phase, phaseToken } from './phases.ts';

interface PhaseGlyphProps {
  readonly phase: Phase;
  /** Side in px at 100 %; grows with presenter mode. */
  readonly size?: number;
  /** Where the phase stands beside it in words, the glyph is decoration. */
  readonly decorative?: boolean;
}

/** A pod's phase as a small sign whose shape says the same as its colour. */
export function PhaseGlyph({ phase, size = 14, decorative }: PhaseGlyphProps): React.JSX.Element {
  const { t } = useTranslation('phases');
  const shape = glyphShape(phase);
  const color = `var(${phaseToken(phase)})`;
  const name = decorative ? { 'aria-hidden': true } : { role: 'img', 'aria-label': t(phase) };
  return (
    <svg viewBox="0 0 16 16" width={`${size / 16}rem`} height={`${size / 16}rem`} data-phase={phase} {...name}>
      {!decorative && <title>{`${t(phase)}: ${t(`explain.${phase}`)}`}</title>}
      {shape.fill !== undefined && <path d={shape.fill} fill={color} />}
      {shape.stroke !== undefined && (
        <path d={shape.stroke} fill="none" stroke={color} strokeWidth={shape.strokeWidth} strokeDasharray={shape.dash?.join(' ')}
          strokeLinecap={shape.dash === undefined ? 'round' : 'butt'} strokeLinejoin="round" />
      )}
    </svg>
  );
}
