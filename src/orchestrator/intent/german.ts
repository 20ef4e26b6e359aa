/** German sentences and what they mean; see english.ts. */
import { echo, key, rule, type Language } from './language.ts'

const DINGE = '(?:den befehl|den plan|die änderung|die änderungen|die anfrage|den schritt)'
const ES = `(?: es| das| dies| diesen| diese| ${DINGE}| einmal)?`
const VON = '(?:,? (?:von |für |bei |in |an |zu |aus |mit )?(?:der |die |dem )?TASK)?'
/** What a task asks or did, without a name: "das was T6 da will", "die Änderung von T9". */
const GEFRAGT =
  '(?:(?:das|die sache|das ding)?,? ?was (?:die |der )?TASK (?:da )?(?:will|möchte|fragt|braucht|vorhat|gemacht hat|geändert hat|tun will|macht)|(?:die änderungen|die änderung|den befehl|der befehl|den plan|der plan|die anfrage) von (?:der )?TASK)'
const WER = `(?:(?:die |der |den )?TASK|es|das|${GEFRAGT})`
const GUT = '(?:gut|okay|ok|in ordnung|prima|super|richtig|fein|erlaubt|genehmigt)'
const JA = `(?:ja|jo|jawohl|joa|jep|klar|klar doch|gerne|gern|genau|natürlich|okay|ok|gut|in ordnung|einverstanden|von mir aus|meinetwegen|alles klar|passt|passt so|passt für mich|nur zu|tu dir keinen zwang an|grünes licht|(?:das|es) (?:ist|sei) (?:dir )?erlaubt|dagegen (?:habe|hab) ich nichts|meinen segen hast du|du hast (?:meine |die )?(?:erlaubnis|freigabe|genehmigung)|leg los|fang an|(?:ich )?(?:bin )?einverstanden|das darf (?:er|sie|es)|(?:er|sie|es) darf das|erlaubnis erteilt|(?:das |es )?kann (?:so )?(?:rein|gemergt werden|gemerged werden|durch)|rein damit|(?:das|es) (?:passt|geht klar|geht in ordnung)|(?:das |es )?ist ${GUT}|(?:das |es )?sieht gut aus|mach|mach das|mach es|mach so|mach ruhig|mach weiter so|(?:das )?kannst du machen|kannst du|darfst du|du darfst|los|tu|tu das|genehmigen|genehmigt|genehmige|erlauben|erlaubt|erlaube|freigeben|freigegeben|zulassen|zugelassen|bestätigen|bestätigt|bestätige|ausführen|führ es aus|führ das aus|mergen|merge|zusammenführen|übernehmen|(?:erlaub|erlaube|genehmige|merge|übernimm) (?:das|es|die|sie))`
const NEIN = `(?:nein|nee|ne|nö|auf (?:gar )?keinen fall|keinesfalls|niemals|lieber nicht|bloß nicht|bitte nicht|besser nicht|ablehnen|abgelehnt|verbieten|verboten|verwerfen|lehne?${ES} ab|verweigere?n?|kommt nicht (?:in frage|infrage)|vergiss (?:es|das)|finger weg(?: davon)?|(?:das )?geht (?:so )?(?:gar )?nicht|(?:das )?gefällt mir nicht|(?:das )?machst du nicht|erlaubnis verweigert|nicht genehmigt|nicht mergen|dagegen|ich bin dagegen|lass die finger davon|weg damit|schmeiß (?:es|das) weg|wirf (?:es|das) weg|verbiete?(?: ich)?(?: das| es)|blockier(?:e|en)?(?: das| es)?|nicht erlaubt|abbrechen|verwirf${ES}|(?:das|es) (?:will|möchte|mag) ich nicht|(?:ich )?(?:will|möchte|mag) (?:ich )?(?:das|es) nicht|lass (?:das|es)(?: lieber| besser| bleiben| sein)*|mach das nicht|tu das nicht|das (?:lehne ich|lehn ich) ab)`
const SEHEN = '(?:(?:zeig|zeige|gib|schick)(?: mir)?|lass mich|(?:ich )?(?:kann|könnte|möchte|will|würde)(?: ich)?(?: gerne?)?)'
const ZEIGEN = '(?: (?:zeigen|sehen|anzeigen|ansehen|anschauen|haben))?'
const WARUM = '(?:warum|wieso|weshalb|wozu)'
const ALLE = '(?<all>alles|alle|alle aufgaben|alle agenten|sämtliche aufgaben)'
const HALT = '(?:stopp|stop|stoppe|stoppen|halt|halte|anhalten|aufhören|hör auf|hört auf|beende|beenden|brich ab)'
const NICHT = '(?:nicht |bloß nicht |keinesfalls |auf (?:gar )?keinen fall )'

export const GERMAN: Language = {
  before:
    /^(?:(?:hey|hallo|na|ach|och|oh|ok|okay|also|so|ähm?|äh|hm+|und|nun|jetzt|dann|bitte|mal|warte|moment|lugh|lu|kannst du|könntest du|würdest du|könnt ihr|kannst du bitte|du kannst|ihr könnt|du sollst|ich möchte,? dass du|ich will,? dass du|ich möchte|ich will|ich würde gerne?|lass uns|warte mal|moment mal|sekunde|kurze frage|sag mal|übrigens|gut|prima|super|danke|perfekt|sei so gut und|tu mir den gefallen und|ihr sollt|können wir|könnten wir|kann man|kannst du mir)\b[,!.]? +)+/iu,
  after: /(?:[ ,]+(?:bitte|jetzt|danke|sofort|mal|doch|gleich|lugh|für mich|auf der stelle))+$/iu,
  tail: /(?:[ ,]+(?:gerade|grad|denn|eigentlich|schon|oder|kurz|schnell|eben|wieder|dann|so|gut|nicht mehr nötig))+$/iu,
  never: /(?<!\p{L})(?:nicht|kein\p{L}*|nie|niemals|nein|nee|nö|bloß)(?!\p{L})/iu,
  inner:
    /[ ,]+(?:bitte|mal|doch|denn|eben|kurz|schnell|wieder|eigentlich|jetzt|dann|gerade|grad|so|einfach|noch|auch|schon|vielleicht|gerne?|kannst du|könntest du|ihr|du)(?=[ ,])/giu,
  talk: {
    begins:
      /^(?:(?:und|aber|weil|denn|da|bis|bevor|ehe|nachdem|seitdem|seit|sonst|damit|obwohl|so),? )*(?:ich|wir|das|es|er|sie|die|der|den|dem|mir|uns|mein|meine|unsere?|niemand|jemand|alle|alles|nichts|irgendwas|seitdem|sonst|so|da|dann|jetzt|bin|brauche?n?|ist|sieht|passt|gefällt|zu|keine?|T\d+|leider|offenbar|anscheinend)(?!\p{L})/iu,
    runsOn:
      /^(?:weil|denn (?:es|ich|wir|das)|bis (?:ich|wir)|bevor (?:ich|wir)|solange (?:ich|wir)|seitdem|sonst|ich (?:bin|muss|brauche|will|hab|habe|möchte|komme)|wir (?:brauchen|müssen|haben|sind)|das (?:ist|war|brauchen|sieht|passt|gefällt|geht|macht)|es (?:ist|war|sieht|geht|passt)|sieht (?:gut|super|prima)|da (?:geht|ist|war|stimmt))(?!\p{L})/iu,
    goesOn:
      /(?<!\p{L})(?:zu|du|will|nicht|und|oder|würde|soll|sollte|kann|ich|wir|es|sie|der|die|das|den|dem|von|für|in|an|mit|wenn|falls|dass|ob|wie|warum|was)$/iu,
    orders:
      /(?<!\p{L})(?:soll|sollen|sollte|sollten|hätte|hätten|wünsch\p{L}*|funktion|müsste|müssten|bitte|stattdessen|sodass|kannst du|könntest du|mach|mache|ändere?|bleibt|bleiben|wenn|falls|sobald|sofern|vorausgesetzt|sagte?|gesagt|meinte?|gemeint|wäre|witz)(?!\p{L})/iu,
    limits:
      /(?<!\p{L})(?:aber|wenn|falls|sobald|bis|bevor|ehe|nachdem|nur|erst|vorher|warte|obwohl|allerdings|später|stattdessen|morgen|außer|sofern|vielleicht|denke|glaube|weiß|oder|noch ?mal|muss|müssen|prüfen|frage?|sagt|sagte|gesagt)(?!\p{L})/iu,
  },
  keys: new Map([
    [
      'approve',
      key(
        'genehmig\\p{L}*|erlaub\\p{L}*|freigeben|freigegeben|frei|(?:rein|ein)?mergen?|übernehmen|übernimm|zulassen|bestätig\\p{L}*|einverstanden|akzeptier\\p{L}*',
      ),
    ],
    ['deny', key('ablehn\\p{L}*|abgelehnt|lehn\\p{L}*|verbiet\\p{L}*|verboten|verweiger\\p{L}*|verwirf|verwerfen')],
    ['diff', key('diff|diffs|änderung|änderungen|geändert|verändert|ändert|patch|code|unterschiede?|zeilen|dateien?|angefasst')],
    ['why', key('warum|wieso|weshalb|wozu|wofür|grund|weswegen')],
    ['status', key('status|läuft|laufen|los|stand|fortschritt|überblick|bericht|neues|zwischenstand|update|fertig|voran|wie weit|vorankommt')],
    [
      'stop',
      key(
        'stopp?|stoppe|stoppen|gestoppt|anhalten|halte? an|abbrechen|brich|abgebrochen|beende|beenden|beendet|schluss|aufhören|hör auf|hört auf|abschalten',
      ),
    ],
    ['pause', key('pause|pausier\\p{L}*|warte|warten|wartet|unterbrich|unterbrechen|auf eis|ruhen|aussetzen')],
    ['resume', key('weitermach\\p{L}*|fortsetz\\p{L}*|fortfahren|fahr\\p{L}* fort|setz\\p{L}* fort|weiter|weiterarbeiten|weiterlaufen|weitergehen')],
    ['undo', key('rückgängig|zurücknehmen|nimm zurück|zurück|zurückdrehen|zurückrollen|widerruf\\p{L}*|revert\\p{L}*|rausnehmen')],
  ]),
  told: /(?<!\p{L})(?:ich|wir|(?:darf|soll|kann|muss|könnte|sollte|wurde|wird) (?:T\d+|er|sie|es|man)|wurden?|worden|war|wäre|würden?|könnten?|hätten?|hat|habe?n?|ist|sind|woll(?:en|te)|wartet|T\d+ (?:geht|macht|hört|läuft|steht)|geht|ob|dass|damit|weil|wenn|falls|bevor|sobald|während|nachdem|statt|anstatt|vielleicht|später|nachher|erinner\p{L}*|vergiss|frag\p{L}*|niemand|keiner|nichts|dich|auf mich|(?:in|nach|vor) der pause|(?:zum|am) schluss|für heute|und so weiter|sag|erzähl|kommt|gestoppt|beendet|abgebrochen)(?!\p{L})/iu,
  every: key('alles?|allen|sämtliche[nrs]?|jede[nrs]?'),
  asks: /^(?:wie|was|wo|wann|welche[rsn]?|wer|warum|wieso|weshalb|wozu|ist|sind|hat|haben|habt|läuft|macht|kommt|geht|wird|wurde|wurden|gibt|bist|seid)(?!\p{L})/iu,
  echoes: { approve: echo(JA), deny: echo(NEIN) },
  rules: [
    rule('deny', `${NICHT}(?:TASK )?(?:erlauben|freigeben|genehmigen|ausführen|zulassen|zusammenführen|mergen)${VON}`),
    rule('deny', `(?:das |es |TASK )?(?:bitte )?${NICHT}(?:erlauben|freigeben|genehmigen|ausführen|zulassen|mergen|machen)`),
    rule('deny', `(?:erlaube?|genehmige|mach|tu)${ES}(?: TASK)? nicht|gib${ES}(?: TASK)? nicht frei|lass${ES}(?: TASK)? nicht zu`),
    rule('deny', `${NEIN}${ES}${VON}`, { not: /^abbrechen.*TASK/u }),
    rule('deny', `(?:die )?TASK (?:darf|soll|kann)(?: das| es)? (?:nicht|auf keinen fall|keinesfalls)(?: (?:tun|machen|ausführen))?`),
    rule(
      'deny',
      `(?:die )?TASK (?:darf|soll|kann|sollte) (?:das |es |den befehl )?(?:lieber |bitte |auf )?(?:nicht|auf keinen fall|keinesfalls)(?: (?:tun|machen|ausführen|mergen|gemergt werden|gemerged werden|rein|nach main|benutzen))?|(?:ich )?(?:will|möchte|mag) (?:ich )?(?:die |den )?TASK nicht(?: (?:haben|mergen|gemergt|drin|reinnehmen))?|(?:die )?TASK (?:bitte )?(?:lieber )?nicht (?:mergen|übernehmen|freigeben|genehmigen|erlauben|ausführen|zulassen|reinnehmen)|(?:merge|übernimm|erlaube?|genehmige) (?:die |der )?TASK (?:das |bitte |lieber )*nicht|(?:kein|keine) (?:freigabe|erlaubnis|genehmigung|okay|merge)(?: für (?:die )?TASK)?|nein (?:zu|für|bei) (?:der )?TASK|(?:wirf|schmeiß) ${WER} weg`,
    ),
    rule('deny', `(?:lehne?|lehnt) ${WER} ab|${GEFRAGT}(?: das)? (?:lehne? ich ab|will ich nicht|möchte ich nicht|ablehnen|verwerfen|verbieten)`),
    rule(
      'deny',
      `(?:die )?TASK (?:ablehnen|ist abgelehnt|abgelehnt|verbieten|verwerfen|nein|nicht erlaubt)|verwirf ${WER}|verbiete? (?:der )?TASK(?: das)?|sag(?:e)? nein zu ${WER}`,
    ),
    rule('approve', `(?:nur |dieses mal |einmal )?${JA}${ES}${VON}`),
    rule('approve', `(?:erlaube?|genehmige|bestätige|merge|übernimm) (?:(?:der |die )?TASK(?: (?:das|es|${DINGE}))?|${GEFRAGT})`),
    rule(
      'approve',
      `(?:gib|lass) (?:es |das |die |den befehl )?(?:von )?(?:TASK )?(?:frei|zu)|gib ${WER} frei|lass TASK (?:das )?(?:machen|ausführen)|sag(?:e)? ja zu ${WER}`,
    ),
    rule(
      'approve',
      `(?:die )?TASK (?:genehmigen|ist ${GUT}|erlauben|freigeben|ist freigegeben|freigegeben|darf|darf (?:das|es|den befehl|ihn|sie)(?: (?:machen|tun|ausführen|mergen))?|mergen|zusammenführen|bestätigen|zulassen|ausführen|übernehmen|ja|passt|sieht gut aus)`,
    ),
    rule(
      'approve',
      `(?:du )?(?:kannst|darfst|könnt) (?:du )?(?:die |den )?(?:TASK|${GEFRAGT}) (?:mergen|übernehmen|freigeben|genehmigen|zusammenführen|erlauben|ausführen|einspielen|reinnehmen)|(?:grünes licht|freigabe|erlaubnis|ja|okay|ok|genehmigung) für (?:die )?TASK|(?:ich )?(?:erlaube|genehmige|bestätige|akzeptiere|merge) (?:ich )?(?:das|es|die änderung|den befehl)?${VON}|(?:die )?TASK (?:hat|bekommt|kriegt) (?:meine |die )?(?:erlaubnis|freigabe|genehmigung|mein okay|mein ja|grünes licht)|(?:die )?TASK (?:kann|darf|soll) (?:rein|gemergt werden|gemerged werden|loslegen|übernommen werden|nach main|auf main)|(?:die )?TASK kannst du (?:mergen|übernehmen|freigeben|genehmigen|erlauben|ausführen)|(?:die )?TASK (?:bitte )?(?:reinnehmen|einspielen|akzeptieren|annehmen)|(?:nimm|spiel) (?:die )?TASK (?:rein|an|ein)|lass (?:es|das|ihn|sie) (?:laufen|zu|machen)`,
    ),
    rule('approve', `${GEFRAGT} (?:ist ${GUT}|passt|darf (?:sie|er|es)|genehmigen|erlauben|freigeben|mergen|übernehmen)`),
    rule(
      'diff',
      `(?:${SEHEN} )?(?:den |die |alle |das |deine )?(?:diff|diffs|div|änderungen|änderung|unterschiede|unterschied|patch|code|codeänderungen|geänderten dateien|geänderten code)${VON}${ZEIGEN}`,
      {
        not: /^(?:die )?änderung(?:,| |$)/u,
      },
    ),
    rule(
      'diff',
      `was(?: genau)? hat (?:(?:die )?TASK|er|sie|es|der|die)(?: da| denn| alles| genau)* (?:geändert|verändert|angefasst)|was (?:wurde|hat sich|ist) (?:bei |an |in )?(?:TASK )?(?:geändert|verändert)`,
    ),
    rule(
      'diff',
      `(?:${SEHEN}|schauen|sehen),? was (?:(?:die )?TASK |sich |du )?(?:geändert|gemacht|verändert) (?:hat|hast|wurde)|was (?:hat sie|hast du) geändert|(?:sehen|schauen),? was TASK gemacht hat|(?:welche|was für) (?:dateien|zeilen|stellen) (?:hat|hast|wurden|sind)(?: (?:die )?TASK| er| sie| es| du)?(?: da| denn)? (?:geändert|angefasst|verändert|betroffen)(?: worden)?`,
    ),
    rule(
      'diff',
      `was hat (?:(?:die )?TASK|er|sie|es) (?:denn |da |alles |genau )*(?:am|im|an dem) code (?:geändert|gemacht|verändert)|was (?:ändert|macht) (?:(?:die )?TASK|das|es|er|sie) am code|was (?:ändert|verändert) (?:(?:die )?TASK|sich|das|die änderung)(?: bei TASK| da| denn| alles| genau)*|was ist (?:jetzt |da |denn )*(?:anders|neu)(?: (?:bei|an|in) (?:der )?TASK)?|(?:wie )?sieht die änderung(?: von TASK)? aus|wie sieht (?:die änderung|der diff|das)(?: von TASK| bei TASK)? aus|was steht (?:im|in dem) diff${VON}|(?:öffne|zeig) (?:mir )?(?:die )?TASK (?:im|als) diff`,
    ),
    rule('diff', `(?:ich )?(?:möchte|will|würde)?(?: gerne?)? ?sehen,? was (?:die )?TASK (?:gemacht|geändert) hat`),
    rule('why', `(?:(?:erkläre?|sag)(?: mir)?,? )?(?:${WARUM}|aus welchem grund)(?: .{1,40})? (?:die )?TASK(?: .{1,80})?`),
    rule(
      'why',
      `(?:(?:erklär|erkläre|sag)(?: mir)?,? )?${WARUM}(?: (?:das|ist das|will|wollte|willst|macht|machst|fragt|fragst|hat|hast|möchte|möchtest|braucht|brauchst))?(?: (?:(?:die )?TASK|du|er|sie|es))?(?: (?:das|mich|so|danach))*(?: (?:diesen|den|dieses|das|diese|die|so einen) (?:befehl|schritt|datei|änderung|zugriff|kommando))?(?: (?:tun|gemacht|getan|machen|macht|will|braucht|fragt|gefragt|haben|gestoppt|tut|ausführen|ausführt|benutzen|laufen lassen|ändern|löschen|installieren|zugreifen))?(?: (?:hat|will|möchte))?`,
    ),
    rule(
      'why',
      `(?:erkläre?|begründe)(?: mir)?${ES}${VON}|(?:warum|wieso) TASK|(?:was ist|nenn(?:e)? mir|sag(?:e)? mir) (?:der|den) grund(?: (?:dafür|für TASK|davon|hierfür))?|was soll das|wofür (?:ist das|brauchst du das|braucht (?:er|sie|es|(?:die )?TASK) (?:das|den befehl|die))(?: gut| denn)*|aus welchem grund(?: (?:will|macht|braucht|fragt) (?:(?:die )?TASK|er|sie|es)(?: das)?(?: machen| tun| ausführen)?)?|(?:erkläre?|begründe)(?: mir)?,? (?:die )?TASK|wie (?:kommt|kommst) (?:(?:die )?TASK|er|sie|es|du) (?:darauf|dazu|drauf)`,
    ),
    rule(
      'status',
      `(?:status|statusbericht|bericht|lage|überblick|übersicht|stand|stand der dinge|(?:zeig|zeige|gib|sag|nenn)(?: mir)? (?:den |die |einen )?(?:kurzen |aktuellen )?(?:status|stand|überblick|übersicht|lage)|wie (?:ist|lautet) (?:der |die )?(?:status|stand|stand der dinge|lage)|was ist (?:der|dein|euer) (?:aktuelle )?stand|was tut sich|was geht(?: ab)?|wie weit seid ihr|(?:welche|wie viele) (?:aufgaben|tasks|agenten) (?:laufen|sind|arbeiten)(?: gerade| noch| offen| fertig| aktiv)*|(?:wer|was) (?:arbeitet|läuft)(?: gerade| noch)*|(?:gibt es|gibt's) (?:etwas |was )?neue?s?|wo stehen wir|wie sieht(?:'s| es)(?: denn| gerade)* aus|(?:gib|sag|schick)(?: mir)? (?:bitte )?(?:ein |kurz )?(?:bescheid|update)|kurzes update|update|zwischenstand|fortschritt|wie (?:läuft|läufts|geht|gehts|steht|stehts)(?:'s| es| das| alles)?(?: voran)?|wie weit (?:bist du|seid ihr|ist es|sind wir)|was läuft|was (?:machst du|macht ihr|tust du)|(?:woran|an was) (?:arbeitest du|arbeitet ihr)|braucht mich (?:etwas|jemand|was)|was braucht mich|(?:wartet|gibt es|gibt's|liegt) (?:irgend)?(?:etwas|was|jemand|noch etwas|noch was)(?: auf mich| für mich| an)|was ist los|(?:bist du|seid ihr) (?:noch )?(?:dran|fertig|da|beschäftigt|am arbeiten))${VON}`,
    ),
    rule(
      'status',
      `wie (?:läuft|steht es um|steht es mit|geht es|geht es mit|weit ist|weit bist du mit|sieht es aus mit) (?:die |mit |bei |der )?TASK(?: aus)?|was (?:macht|treibt) (?:die )?TASK`,
    ),
    rule(
      'status',
      `ist (?:die )?TASK (?:noch )?(?:fertig|durch|dran|bereit|zu ende|am laufen)|läuft (?:die )?TASK(?: noch| gerade)*|(?:hat|ist) (?:die )?TASK (?:schon )?(?:angefangen|fertig|begonnen|fertig geworden)|(?:gibt es|gibt's) (?:etwas |was )?neues (?:von|bei|zu|aus) (?:der )?TASK|woran (?:arbeitet|ist|sitzt) (?:die )?TASK(?: dran)?|wie kommt (?:die )?TASK voran|wann ist (?:die )?TASK fertig|wie lange (?:braucht|dauert) (?:die )?TASK(?: noch)?|TASK,? wie (?:läuft|weit ist|geht es|steht es um) (?:die|das|sie|es|damit)|was ist mit TASK`,
    ),
    rule(
      'stop',
      `${HALT}(?: ${ALLE})?(?: es| das| damit| die arbeit| die aufgabe| den agenten)?(?: an)?${VON}(?: an)?|${HALT},? ${HALT}|${ALLE},? (?:stoppen|anhalten|beenden|abbrechen|stopp|aufhören)(?:,? (?:sofort )?(?:stoppen|anhalten|aufhören))?|(?:die )?TASK (?:stoppen|anhalten|abbrechen|beenden|stopp|soll aufhören|soll stoppen)|brich (?:(?:die )?TASK|${ALLE}) ab|abbrechen,? (?:von )?TASK|(?:hör|hört) ${ALLE} auf|${ALLE},? (?:anhalten|stoppen) und (?:abbrechen|stoppen|beenden)|(?:mach|mache) (?:mit (?:der )?TASK )?schluss(?: mit (?:der )?TASK)?|schluss(?: jetzt)?(?: mit (?:(?:der )?TASK|allem))?|(?:die )?TASK (?:bitte )?(?:sofort )?(?:beenden|stoppen|anhalten|abbrechen|abschießen|killen)|(?:schieß|würg) (?:die )?TASK ab|(?:die )?TASK (?:muss|soll|kann) (?:sofort )?(?:aufhören|stoppen|weg|anhalten|abgebrochen werden|gestoppt werden|beendet werden)|(?:hör|hört) (?:mit|bei) (?:der |allem |TASK ?)+auf|(?:ich )?(?:brauche|brauch) (?:ich )?(?:die )?TASK nicht mehr|(?:beende|stoppe?|halte?) (?:die arbeit|den agenten|das) (?:an|von|bei) (?:der )?TASK(?: an)?|(?:hör|hört)(?: damit)? auf(?: damit)?`,
    ),
    rule(
      'pause',
      `(?:pause|pausier|pausiere|pausieren|warte|warten|moment|mach (?:eine )?pause|unterbrich|unterbrechen|anhalten und warten)(?: es| das| die aufgabe| den agenten| kurz)?${VON}|(?:die )?TASK (?:pausieren|unterbrechen|pause|soll (?:eine )?pause machen|soll (?:warten|pausieren)|kann warten)|(?:mach|mache) (?:mit |bei )TASK (?:eine )?pause|lass TASK (?:mal |kurz |erst ?mal )*(?:warten|pausieren|ruhen|liegen)|(?:leg|lege) (?:die )?TASK (?:auf eis|still|zur seite|beiseite)|(?:die )?TASK (?:auf eis legen|aussetzen|ruhen lassen|ruht|kurz anhalten)|(?:stell|stelle) (?:die )?TASK zurück|(?:gönn|gib) (?:der |dem )?TASK (?:eine |ne )?pause|(?:warte|wartet) (?:mit|bei) (?:der )?TASK|unterbrich (?:die )?(?:arbeit an )?(?:der )?TASK|(?:setz|setze) (?:die )?TASK aus|eine (?:kurze )?pause|mach(?:t)? (?:mal |kurz )*(?:eine |ne )?(?:kurze )?pause`,
    ),
    rule('pause', `halte? (?:die )?TASK (?:mal |bitte |doch )*(?:kurz|vorübergehend|einen moment|eine weile|vorerst|erst mal|erstmal)(?: mal)? an`),
    rule(
      'resume',
      `(?:weiter|weitermachen|mach weiter|mache weiter|macht weiter|fortsetzen|fortfahren|fahr fort|fahre fort|setze? (?:es |das )?fort|arbeite weiter|weiterarbeiten|weiter geht's|weiter gehts|geht weiter|nimm${ES} auf)(?: mit)?${VON}|(?:die )?TASK (?:fortsetzen|weitermachen|weiter|aufnehmen|kann (?:weitermachen|weiterarbeiten|weiter)|darf (?:weitermachen|weiterarbeiten|weiter)|soll (?:weitermachen|weiterarbeiten))|setze? (?:die )?TASK fort|lass TASK (?:weitermachen|weiterlaufen|weiterarbeiten|weiter)|(?:mach|mache) mit (?:der )?TASK weiter|nimm (?:die )?(?:arbeit an )?(?:der )?TASK(?: wieder)? auf|(?:die )?TASK (?:wieder )?(?:anwerfen|starten|weiterlaufen lassen|laufen lassen|aufwecken)|(?:weck|wecke) (?:die )?TASK auf|(?:starte?|lass) (?:die )?TASK (?:wieder|weiter|wieder laufen|erneut)|(?:es |jetzt )?(?:kann|darf|soll) (?:es )?weitergehen(?: (?:mit|bei) (?:der )?TASK)?|(?:die )?TASK (?:kann|darf|soll) (?:wieder )?(?:weiter|weitergehen|loslegen|arbeiten|laufen)|wieder an die arbeit|(?:ihr |du )?(?:könnt|kannst|darfst|dürft) (?:mit (?:der )?TASK )?(?:weitermachen|weiterarbeiten|fortfahren)|mach (?:dort |da )?weiter(?:,? wo du aufgehört hast)?`,
    ),
    rule(
      'undo',
      `(?:(?:nein|ne|nee),? )?(?:rückgängig|rückgängig machen|zurücknehmen|widerrufen|undo|mach${ES} rückgängig|nimm${ES} zurück|mach (?:den letzten merge|die letzte änderung|das letzte) rückgängig|nimm (?:den letzten merge|die letzte änderung) zurück|widerrufe${ES})${VON}|(?:(?:die )?TASK|${GEFRAGT}) (?:rückgängig machen|zurücknehmen|widerrufen)|(?:mach|mache) ${WER} rückgängig|nimm ${WER} (?:wieder )?(?:zurück|raus|heraus)|(?:dreh|drehe|roll|rolle|setz|setze|hol|hole) (?:${WER}|den (?:letzten )?merge(?: von (?:der )?TASK)?|die (?:letzte )?änderung(?: von (?:der )?TASK)?) (?:wieder )?(?:zurück|raus)|(?:mach|mache|nimm) (?:den (?:letzten )?merge|die (?:letzte )?änderung|das zusammenführen)(?: von (?:der )?TASK)? (?:wieder )?(?:rückgängig|zurück|raus)|(?:den )?(?:letzten )?merge(?: von (?:der )?TASK)? (?:rückgängig machen|zurücknehmen|zurückdrehen)|revert(?:e|iere?n?)?${ES}${VON}|(?:die )?TASK (?:wieder )?(?:rausnehmen|zurückdrehen|zurückrollen|rückgängig|raus aus main)`,
    ),
    rule(
      'checkpoint',
      '(?:(?:mach|mache|erstelle?|setze?|speichere?|leg|lege) (?:bitte )?(?:einen |nen |mir einen |einen neuen )?)?(?:checkpoint|sicherungspunkt|kontrollpunkt|speicherpunkt)(?: an)?(?: (?:erstellen|machen|setzen|anlegen|speichern))?(?:(?:,|:)? (?<words1>(?:vor|nach|für) .+?)|(?:,|:)? (?:namens|mit dem namen|genannt|mit namen|und nenn(?:e)? ihn|und nenn(?:e)? es|nenn ihn) (?<words2>.+?)|: ?(?<words3>.+))?(?: an)?(?: (?:erstellen|machen|setzen|anlegen|speichern))?',
    ),
    rule(
      'checkpoint',
      '(?:sichere?|speichere?|speicher|merk dir|halte?) (?:alles|(?:den|diesen|unseren) (?:aktuellen |jetzigen )?(?:stand|zustand|zwischenstand))(?: fest)?(?:,? (?:unter dem namen|mit dem namen|und nenn(?:e)? ihn|namens|unter|als) (?<words1>.+?))?(?: ab| fest)?|mach (?:eine |ne )?(?:sicherung|momentaufnahme)(?: (?:namens|mit dem namen|vor) (?<words2>.+))?|(?:alles|den stand) (?:sichern|speichern)',
    ),
    rule(
      'restore',
      '(?:(?:geh|gehe|spring|setz|setze) )?(?:alles )?(?:zurück (?:zu|auf|zum)|wiederherstellen)(?: den)? CHECKPOINT|(?:stell|stelle) (?:bitte )?(?:den )?CHECKPOINT(?: wieder)? her|(?:den )?CHECKPOINT wiederherstellen|(?:geh|gehe|setz|setze|spring|stell|stelle)(?: alles| es| das)? (?:zu|auf|zum) CHECKPOINT zurück|(?:zu|zum|auf) CHECKPOINT zurück(?:gehen|setzen|kehren)?',
    ),
    rule(
      'restore',
      '(?:(?:geh|gehe|spring) )?zurück (?:zu|auf|zum)(?: (?:den|dem))?(?: (?:checkpoint|sicherungspunkt|stand|zustand|punkt))? (?<words1>(?:vor|nach) .+)|(?:(?:geh|gehe|spring) )?zurück zum (?:checkpoint|sicherungspunkt)(?: (?:namens|genannt|mit dem namen))? (?<words2>.+)|(?:stell|stelle|hol|hole) (?:mir )?(?:bitte )?(?:den )?(?:checkpoint|sicherungspunkt)(?: (?:namens|genannt|mit dem namen))? (?<words3>.+?) (?:wieder (?:her|zurück)|her|zurück)|(?:den )?(?:checkpoint|sicherungspunkt)(?: (?:namens|genannt|mit dem namen))? (?<words4>.+) wiederherstellen|(?:geh|gehe|spring|setz|setze|stell|stelle)(?: alles| es| das)? (?:zum|auf den) (?:checkpoint|sicherungspunkt)(?: (?:namens|genannt|mit dem namen))? (?<words5>.+) zurück',
    ),
    rule(
      'restore',
      '(?:geh |gehe )?zurück zum (?:letzten )?(?:checkpoint|sicherungspunkt)|(?:den )?letzten (?:checkpoint|sicherungspunkt) wiederherstellen|stelle? den letzten (?:checkpoint|sicherungspunkt) wieder her',
    ),
    rule(
      'new',
      '(?:(?:starte?|erstelle?|mach|mache|beginne?|leg|lege|öffne) )?(?:mir )?(?:eine |ne |ein |einen |noch eine )?(?:neue|neuer|neuen|weitere) (?:aufgabe|task|auftrag)(?: an)?(?:[:,.]| um| bei der)?(?: bitte)? (?<words>.{3,})',
    ),
    rule(
      'new',
      '(?:starte?|erstelle?|beginne?|mach|mache) eine aufgabe(?:[:,.]| um)? (?<words>.{3,})|(?:leg|lege) (?:mir )?(?:mal )?eine aufgabe an(?:[:,.]| um)? (?<words2>.{3,})',
    ),
    rule(
      'tell',
      '(?:sag|sage|sagt|richte|schreib|schreibe|teil|teile|erinner|erinnere) (?:bitte )?(?:der |dem agenten von |dem |an |die )?TASK(?: bitte)?(?: aus| mit| bescheid)?[:,.]?(?: bitte)?(?: daran,?)?(?: dass)? (?<words>.{2,})|(?:nachricht|hinweis|notiz|info) (?:an|für) (?:die )?TASK[:,.] ?(?<words3>.{2,})|(?:gib|schick) (?:der |dem )?TASK (?:den hinweis|die info|die nachricht|den tipp|mit)[:,.]?(?: dass)? (?<words4>.{2,})|(?:an |für )TASK[:,] (?<words2>.{2,})',
    ),
    rule(
      'since',
      '(?:was|(?:zeig|sag|sagen|erzähl|erzähle|zeigen)(?: mir)?,? was|(?:mir )?(?:sagen|erzählen|zeigen),? was) (?:ist|war|hat sich|wurde|habe ich|hab ich|habt ihr|hast du)(?: denn| alles| so)*(?: (?:passiert|geschehen|los|gewesen|neu|neues|getan|gemacht|verpasst|geändert))?(?: (?:passiert|geschehen))? (?<words>(?:seit|in den letzten|in der letzten|im letzten|während|heute|gestern|über nacht|letzte|nach).*?)(?: alles| so| denn)*(?: (?:passiert|geschehen|los|gewesen|getan|gemacht|verpasst|geändert))?',
    ),
    rule(
      'since',
      "was ist passiert|was ist geschehen|was habe ich verpasst|was hab ich verpasst|was gibt es neues|was gibt's neues|bring mich auf den (?:neuesten |aktuellen |letzten )?stand",
    ),
    rule(
      'since',
      '(?:(?:fass|fasse) (?:mir )?(?:bitte |kurz |mal )*zusammen,? )was (?<words>(?:seit|in den letzten|in der letzten|während|heute|gestern|über nacht).*?) (?:alles |so )*(?:passiert|geschehen|los|gewesen|getan|gemacht|neu|gelaufen|fertig geworden)(?: ist| war| wurde| hat)?|(?:gib mir )?(?:eine |ne |die )?(?:kurze )?(?:zusammenfassung|übersicht) (?:von|der letzten|seit) (?<words2>.+)|(?:ist|war|gab es) (?:irgend)?(?:etwas|was) (?:neues |passiert |los )?(?<words3>(?:seit|in den letzten|während|heute|gestern|über nacht).*?)(?: passiert| geschehen| los)?|was (?:habt ihr|hast du|haben die agenten|wurde) (?<words4>(?:seit|in den letzten|während|heute|gestern|über nacht).*?) (?:gemacht|geschafft|erledigt|getan)',
    ),
    rule(
      'since',
      '(?:(?:(?:mir )?(?:sagen|erzählen|zeigen)|(?:sag|zeig|erzähl|erzähle)(?: mir)?),? )?was (?<words>(?:seit|in den letzten|in der letzten|während|heute|gestern|über nacht).*?) (?:alles )?(?:passiert|geschehen|los|gewesen|getan|gemacht|neu|gelaufen)(?: ist| war| wurde| hat)?',
    ),
    rule('since', "was gibt(?: es|'s) neues (?<words>(?:seit|in den|von).+)"),
  ],
  small:
    'ich du er sie es wir ihr man mir mich dir dich uns euch den dem der die das des ein eine einen einem und oder aber dass ob wenn da hier dort so auch noch nur schon mal doch denn eben ja nein nicht kein keine zu zum zur auf aus an am im in bei mit von vor nach für um über was wer wie wo wann warum ist sind war bin bist seid hat haben habe hast habt kann kannst könnt darf soll will willst wollt möchte muss musst geht gehts läuft gerade jetzt gleich bitte danke alles etwas irgendwas irgendwie eigentlich kurz schnell wieder zurück weiter los fertig task aufgabe agent agenten mach mache macht machen tun lass lasst gib zeig sag sagt nimm lieber besser bisschen weile moment sekunde minute erst einmal ganz sehr mehr heute später arbeit arbeiten läuft laufen brauche brauchen braucht dieser diese dieses diesen jemand niemand nichts überhaupt genau echt wirklich vielleicht ruhig einfach nötig notwendig laufenden offenen aufgaben tasks unnötig'.split(
      ' ',
    ),
  verbs:
    'genehmigen genehmige erlauben erlaube freigeben ablehnen verwerfen stoppen stoppe stopp anhalten abbrechen pausieren pausiere fortsetzen weitermachen rückgängig zurücknehmen wiederherstellen mergen bestätigen'.split(
      ' ',
    ),
}
