// The view's English texts come with the view; the Chinese ones are part of that language's download.
import i18next from 'i18next';
import en from '../../i18n/en/scheduling.ts';

i18next.addResourceBundle('en', 'scheduling', en);
