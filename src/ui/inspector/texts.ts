// The panel's English texts come with the panel; the Chinese ones are part of that language's download.
import i18next from 'i18next';
import en from '../../i18n/en/inspector.ts';

i18next.addResourceBundle('en', 'inspector', en);
