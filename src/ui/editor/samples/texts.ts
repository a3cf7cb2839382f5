// The gallery's English texts come with the gallery; the Chinese ones are part of that language's download.
import i18next from 'i18next';
import en from '../../../i18n/en/samples.ts';

i18next.addResourceBundle('en', 'samples', en);
